using System.Text;
using Mailstead.Contracts.Delivery.V1;
using Mailstead.Protocols.Mime;

namespace Mailstead.Delivery.Journaling;

/// <summary>
/// A journal report: in its text the envelope, as archives read it (the format of Exchange's journal reports), behind it the message as it was. Its end is
/// written after the message.
/// </summary>
internal static class JournalReport
{
    /// <summary>Fields of the header, and lines of the report alike.</summary>
    private static readonly string[] Labels = ["To", "Cc", "Bcc"];

    /// <param name="header">Of the message.</param>
    /// <returns>All that stands before the message.</returns>
    public static byte[] Begin(JournalFacts facts, SpooledEnvelope content, ReadOnlySpan<byte> header)
    {
        var subject = HeaderFields.TryFind(header, "Subject"u8, out var rawSubject) ? HeaderText.Decode(rawSubject) : "";
        // As it was written there, its encoded words and folds included.
        var sameSubject = Encoding.UTF8.GetString(rawSubject);
        var messageId = HeaderFields.TryFind(header, "Message-ID"u8, out var rawId) ? HeaderText.Decode(rawId) : "";
        var text = new StringBuilder();
        Line(text, $"From: <{facts.Sender}>");
        Line(text, $"To: <{facts.To}>");
        Line(text, $"Subject:{sameSubject}");
        Line(text, $"Date: {MailDate.Format(facts.Now)}");
        Line(text, $"Message-ID: <{facts.Id:N}@{facts.Host}>");
        // Nobody answers it, and archives know it by this.
        Line(text, "Auto-Submitted: auto-generated");
        Line(text, "X-MS-Journal-Report:");
        Line(text, "MIME-Version: 1.0");
        Line(text, $"Content-Type: multipart/mixed; boundary=\"{Boundary(facts.Id)}\"");
        Line(text, "");
        Line(text, $"--{Boundary(facts.Id)}");
        Line(text, "Content-Type: text/plain; charset=utf-8");
        Line(text, "Content-Transfer-Encoding: 8bit");
        Line(text, "");
        AppendEnvelope(text, content, header, Plain(subject), Plain(messageId));
        Line(text, "");
        Line(text, $"--{Boundary(facts.Id)}");
        Line(text, "Content-Type: message/rfc822");
        Line(text, "Content-Disposition: attachment");
        Line(text, "");
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    public static byte[] End(JournalFacts facts) => Encoding.ASCII.GetBytes($"\r\n--{Boundary(facts.Id)}--\r\n");

    private static void AppendEnvelope(StringBuilder text, SpooledEnvelope content, ReadOnlySpan<byte> header, string subject, string messageId)
    {
        var isOnBehalf = content.SenderAddress.Length > 0 && !content.SenderAddress.Equals(content.FromAddress, StringComparison.OrdinalIgnoreCase);
        var sender = isOnBehalf ? content.SenderAddress : content.FromAddress.Length > 0 ? content.FromAddress : content.Envelope.ReturnPath;
        Line(text, $"Sender: {sender}");
        if (isOnBehalf)
            Line(text, $"On-Behalf-Of: {content.FromAddress}");
        Line(text, $"Subject: {subject}");
        Line(text, $"Message-Id: {messageId}");
        var named = new List<(string Label, HashSet<string> Addresses)>();
        foreach (var label in Labels)
            named.Add((label, AddressesIn(header, label)));
        // Of what users send, whoever the header does not name had it blindly; of what comes in, nobody can tell.
        var other = content.Envelope.Direction == Direction.Outbound ? "Bcc" : "Recipient";
        foreach (var recipient in content.Journal)
        {
            var asked = recipient.Group.Length > 0 ? recipient.Group : recipient.Address;
            var label = named.Find(one => one.Addresses.Contains(asked)).Label ?? other;
            Line(text, $"{label}: {recipient.Address}{(recipient.Group.Length > 0 ? $", Expanded: {recipient.Group}" : "")}");
        }
    }

    private static HashSet<string> AddressesIn(ReadOnlySpan<byte> header, string field)
    {
        var found = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var fields = new HeaderFields(header);
        while (fields.MoveNext())
        {
            if (!Ascii.EqualsIgnoreCase(fields.Name, Encoding.ASCII.GetBytes(field)))
                continue;
            foreach (var entry in AddressList.Parse(fields.RawValue))
            {
                if (entry is { Mailbox.Length: > 0, Host.Length: > 0, Address: { } address })
                    found.Add(address);
            }
        }

        return found;
    }

    private static string Boundary(Guid id) => $"journal-{id:N}";

    private static string Plain(string text) => string.Concat(text.Select(letter => char.IsControl(letter) ? ' ' : letter)).Trim();

    private static void Line(StringBuilder text, string line) => text.Append(line).Append("\r\n");
}

/// <param name="Sender">Of the report.</param>
/// <param name="To">The journal address.</param>
internal sealed record JournalFacts(Guid Id, string Sender, string To, string Host, DateTimeOffset Now);
