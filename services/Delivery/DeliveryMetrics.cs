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

    /// <summary>Milliseconds when all is well, hours when a mailbox or a key can't be had.</summary>
    public static readonly Histogram<double> Latency = Meter.CreateHistogram(
        "mailstead.delivery.latency", "s", "From acceptance to the end of routing",
        advice: new InstrumentAdvice<double>
        {
            HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 14400],
        });
}
