using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Mailstead.Protocols.Smtp;

/// <summary>How long clients wait for replies: from the last octet that a reply needs, be it of a command or of a message.</summary>
internal static class SmtpAnswers
{
    private static readonly Meter Meter = new("Mailstead.Smtp");
    private static readonly Histogram<double> Duration = Meter.CreateHistogram(
        "mailstead.smtp.answer.duration", "s", "Time from the last octet of a command or message to its reply",
        advice: new InstrumentAdvice<double>
        {
            HistogramBucketBoundaries = [0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
        });

    private static readonly string[] Classes = ["0xx", "1xx", "2xx", "3xx", "4xx", "5xx"];

    /// <param name="verb">One of ours, or <c>other</c>: what a client made up is no label.</param>
    public static void Record(long heard, string verb, int code) => Duration.Record(
        Stopwatch.GetElapsedTime(heard).TotalSeconds, new("verb", verb), new("reply", Classes[Math.Clamp(code / 100, 0, 5)]));
}
