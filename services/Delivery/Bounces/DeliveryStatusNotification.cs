using System.Text;
using Mailstead.Delivery.Routing;
using Mailstead.Protocols.Mime;
using Mailstead.Protocols.Smtp;

namespace Mailstead.Delivery.Bounces;

/// <summary>What a report is about.</summary>
internal sealed record DsnReport
{
    public required string ReportingHost { get; init; }

    /// <summary>The original's return path: whom the report is for.</summary>
    public required string To { get; init; }

    public required Guid ReportId { get; init; }

    public required DateTimeOffset Now { get; init; }

    public required DateTimeOffset ArrivedAt { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    public required string EnvelopeId { get; init; }

    public required bool IsSmtpUtf8 { get; init; }

    public required IReadOnlyList<RecipientOutcome> Outcomes { get; init; }

    /// <summary>The original's header, or all of it when <see cref="IsWhole"/>.</summary>
    public required ReadOnlyMemory<byte> Original { get; init; }

    public required bool IsWhole { get; init; }
}

/// <summary>Writes delivery status notifications (RFC 3461, 3462, 3464; 6533 for internationalized addresses).</summary>
internal static class DeliveryStatusNotification
{
    public static byte[] Compose(DsnReport report)
    {
        var boundary = $"report-{report.ReportId:N}";
        var text = new StringBuilder();
        AppendHeader(text, report, boundary);
        AppendText(text, report, boundary);
        AppendStatus(text, report, boundary);
        AppendOriginalHeader(text, report, boundary);
        return [.. Encoding.UTF8.GetBytes(text.ToString()), .. report.Original.Span, .. Encoding.ASCII.GetBytes($"\r\n--{boundary}--\r\n")];
    }

    private static void AppendHeader(StringBuilder text, DsnReport report, string boundary)
    {
        Line(text, $"From: Mail Delivery System <MAILER-DAEMON@{report.ReportingHost}>");
        Line(text, $"To: <{report.To}>");
        Line(text, $"Subject: {SubjectOf(report.Outcomes)}");
        Line(text, $"Date: {MailDate.Format(report.Now)}");
        Line(text, $"Message-ID: <{report.ReportId:N}@{report.ReportingHost}>");
        // RFC 3834 §5: nobody answers a report automatically.
        Line(text, "Auto-Submitted: auto-replied");
        Line(text, "MIME-Version: 1.0");
        Line(text, "Content-Type: multipart/report; report-type=delivery-status;");
        Line(text, $" boundary=\"{boundary}\"");
        Line(text, "");
    }

    private static string SubjectOf(IReadOnlyList<RecipientOutcome> outcomes) =>
        outcomes.Any(outcome => outcome.Action == "failed") ? "Your message could not be delivered"
        : outcomes.Any(outcome => outcome.Action == "delayed") ? "Your message is delayed"
        : "Your message has been delivered";

    private static void AppendText(StringBuilder text, DsnReport report, string boundary)
    {
        Line(text, $"--{boundary}");
        Line(text, "Content-Type: text/plain; charset=utf-8");
        Line(text, "Content-Transfer-Encoding: 8bit");
        Line(text, "");
        Line(text, $"This is the mail system at {report.ReportingHost}.");
        foreach (var outcome in report.Outcomes)
        {
            Line(text, "");
            Line(text, $"<{outcome.Recipient.Address}>: {Sentence(outcome)}");
        }

        if (report.Outcomes.Any(outcome => outcome.Action == "delayed"))
        {
            Line(text, "");
            Line(text, "You need not send your message again. Delivery will go on being tried.");
        }

        Line(text, "");
    }

    private static string Sentence(RecipientOutcome outcome) => outcome.Action switch
    {
        "failed" => $"not delivered ({outcome.EnhancedCode}): {outcome.Reason}",
        "delayed" => $"not delivered yet ({outcome.EnhancedCode}): {outcome.Reason}",
        "relayed" => "handed on to a server that sends no notifications",
        "expanded" => "handed on to the members of a group",
        _ => "delivered",
    };

    private static void AppendStatus(StringBuilder text, DsnReport report, string boundary)
    {
        Line(text, $"--{boundary}");
        Line(text, report.IsSmtpUtf8 ? "Content-Type: message/global-delivery-status" : "Content-Type: message/delivery-status");
        Line(text, "");
        Line(text, $"Reporting-MTA: dns; {report.ReportingHost}");
        if (report.EnvelopeId.Length > 0)
            Line(text, $"Original-Envelope-Id: {report.EnvelopeId}");
        Line(text, $"Arrival-Date: {MailDate.Format(report.ArrivedAt)}");
        foreach (var outcome in report.Outcomes)
        {
            Line(text, "");
            if (outcome.Recipient.OriginalRecipient.Length > 0)
                Line(text, $"Original-Recipient: {Decode(outcome.Recipient.OriginalRecipient)}");
            var type = outcome.Recipient.Address.All(char.IsAscii) ? "rfc822" : "utf-8";
            Line(text, $"Final-Recipient: {type}; {outcome.Recipient.Address}");
            Line(text, $"Action: {outcome.Action}");
            Line(text, $"Status: {outcome.EnhancedCode}");
            if (outcome.RemoteHost.Length > 0)
                Line(text, $"Remote-MTA: dns; {outcome.RemoteHost}");
            if (outcome.Action == "delayed")
                Line(text, $"Will-Retry-Until: {MailDate.Format(report.ExpiresAt)}");
            if (outcome.RemoteHost.Length > 0)
                Line(text, $"Diagnostic-Code: smtp; {outcome.Reason}");
        }

        Line(text, "");
    }

    private static void AppendOriginalHeader(StringBuilder text, DsnReport report, string boundary)
    {
        Line(text, $"--{boundary}");
        var type = report.IsSmtpUtf8
            ? report.IsWhole ? "message/global" : "message/global-headers"
            : report.IsWhole ? "message/rfc822" : "text/rfc822-headers";
        Line(text, "Content-Type: " + type);
        Line(text, "Content-Transfer-Encoding: 8bit");
        Line(text, "");
    }

    /// <summary>RFC 3464 §2.3.1: type and address, the address out of the xtext in which ORCPT has it.</summary>
    private static string Decode(string originalRecipient) =>
        originalRecipient.Split(';', 2) is [var type, var encoded] && Xtext.TryDecode(encoded, out var address)
            ? $"{type}; {address}"
            : originalRecipient;

    /// <summary>Values come from strangers: a line stays one line.</summary>
    private static void Line(StringBuilder text, string line) =>
        text.Append(line.AsSpan().IndexOfAny('\r', '\n') < 0 ? line : line.ReplaceLineEndings(" ")).Append("\r\n");
}
