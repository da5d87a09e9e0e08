using System.Text;
using Mailstead.Contracts.Mailboxes.V1;

namespace Mailstead.Protocols.Mime;

/// <summary>Picks the outcome from the lines of a report as they pass: one word that tells a failure from a delay or a receipt.</summary>
internal static class ReportOutcome
{
    private const int OutcomeMax = 32;

    public static void Read(ReadOnlySpan<byte> line, MimePart report)
    {
        var isStatus = report.Subtype == "delivery-status";
        var name = isStatus ? "Action:"u8 : "Disposition:"u8;
        if (line.Length <= name.Length || !Ascii.EqualsIgnoreCase(line[..name.Length], name))
            return;
        var value = line[name.Length..];
        // RFC 8098 §3.2.6: modes stand before the semicolon, the type and its modifiers behind it.
        if (!isStatus)
            value = value[(value.IndexOf((byte)';') + 1)..];
        value = value.Trim(" \t\r\n"u8);
        var end = value.IndexOfAny(" \t/(;"u8);
        var word = end < 0 ? value : value[..end];
        if (word.Length is > 0 and <= OutcomeMax)
            report.ReportOutcome = Encoding.ASCII.GetString(word).ToLowerInvariant();
    }
}
