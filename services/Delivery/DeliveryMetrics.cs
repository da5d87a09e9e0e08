using System.Diagnostics.Metrics;

namespace Mailstead.Delivery;

/// <summary>What delivery counts.</summary>
internal static class DeliveryMetrics
{
    private static readonly Meter Meter = new("Mailstead.Delivery");

    public static readonly Counter<long> Accepted = Meter.CreateCounter<long>("mailstead.delivery.accepted", "{message}");
    public static readonly Counter<long> Delivered = Meter.CreateCounter<long>("mailstead.delivery.delivered", "{copy}");
    public static readonly Counter<long> Bounced = Meter.CreateCounter<long>("mailstead.delivery.bounced", "{recipient}");
    public static readonly Counter<long> Deferred = Meter.CreateCounter<long>("mailstead.delivery.deferred", "{message}");
    public static readonly Counter<long> Sent = Meter.CreateCounter<long>("mailstead.delivery.sent", "{recipient}");

    public static readonly Histogram<double> Latency = Meter.CreateHistogram<double>(
        "mailstead.delivery.latency", "s", "From acceptance to the end of routing");
}
