using System.Globalization;
using System.Text;
using Mailstead.Drills.Scenarios;

namespace Mailstead.Drills.Reports;

/// <summary>What one drill has shown; it is passed when <see cref="Faults"/> is empty.</summary>
internal sealed record DrillReport(Drill Drill)
{
    public List<string> Faults { get; } = [];

    public int Acknowledged { get; set; }

    public int Lost { get; set; }

    public int Doubled { get; set; }

    public int Unanswered { get; set; }

    public int UnansweredThere { get; set; }

    public int Deferred { get; set; }

    public int DeferredThere { get; set; }

    public int Clients { get; set; }

    public int Converged { get; set; }

    public int Interruptions { get; set; }

    public int ChangesAnswered { get; set; }

    public int ChangesUnanswered { get; set; }

    /// <summary>From the fault's end until a new message had gone from SMTP to an IMAP client, in seconds.</summary>
    public double? Recovered { get; set; }

    public double FaultSeconds { get; set; }

    /// <summary>The longest time since the fault's begin in which no message came to any client, in seconds.</summary>
    public double LongestGap { get; set; }

    public double? CaughtUp { get; set; }

    public (double? Calm, double? Fault) AnswerP99 { get; set; }

    public (double? Calm, double? Fault) WakeUpP99 { get; set; }

    /// <summary>Replies, refusals and states of health, and how often each was seen.</summary>
    public SortedDictionary<string, int> Seen { get; } = new(StringComparer.Ordinal);

    public override string ToString()
    {
        var text = new StringBuilder();
        void Line(string label, FormattableString what) =>
            text.Append(CultureInfo.InvariantCulture, $"  {label,-10}").AppendLine(what.ToString(CultureInfo.InvariantCulture));
        text.AppendLine($"{(Faults.Count == 0 ? "passed" : "FAILED")}  {Drill.Name}: {Drill.What}");
        Line("mail", $"{Acknowledged} acknowledged, {Lost} lost, {Doubled} doubled; {Deferred} deferred ({DeferredThere} of them there), {Unanswered} unanswered ({UnansweredThere} of them there)");
        Line("clients", $"{Converged} of {Clients} converged, {Interruptions} interruptions; {ChangesAnswered} changes answered, {ChangesUnanswered} broken off");
        Line("recovery", $"{Seconds(Recovered)} from the fault's end ({FaultSeconds:0.0} s long); longest time without mail {LongestGap:0.0} s; the last message came {Seconds(CaughtUp)} after the load's end");
        Line("p99", $"SMTP answer {Milliseconds(AnswerP99.Fault)} (calm {Milliseconds(AnswerP99.Calm)}), IDLE wake-up {Milliseconds(WakeUpP99.Fault)} (calm {Milliseconds(WakeUpP99.Calm)})");
        foreach (var (what, count) in Seen)
            Line("seen", $"{count} × {what}");
        foreach (var fault in Faults)
            Line("FAULT", $"{fault}");
        return text.ToString();
    }

    private static string Seconds(double? seconds) => seconds is { } known ? string.Create(CultureInfo.InvariantCulture, $"{known:0.0} s") : "never";

    private static string Milliseconds(double? seconds) => seconds is { } known ? string.Create(CultureInfo.InvariantCulture, $"{known * 1000:0} ms") : "–";
}
