using System.Diagnostics;
using System.Diagnostics.Metrics;
using Grpc.Core;

namespace Mailstead.Hosting.Grpc;

/// <summary>
/// How long answers between services take, where they are made: in this process and for others. Streams are left out: they last
/// as long as a client wants them to.
/// </summary>
internal static class CallDurations
{
    private static readonly Meter Meter = new("Mailstead.Calls");
    private static readonly Histogram<double> Duration = Meter.CreateHistogram(
        "mailstead.calls.duration", "s", "Time that a service takes to answer a call",
        advice: new InstrumentAdvice<double>
        {
            HistogramBucketBoundaries = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
        });

    public static void Record(long started, string method, StatusCode outcome) => Duration.Record(
        Stopwatch.GetElapsedTime(started).TotalSeconds, new("method", method), new("status", outcome.ToString()));
}
