using System.Net;
using System.Text;
using Mailstead.Protocols.Mime;

namespace Mailstead.Protocols.Smtp.Server;

/// <summary>The trace line that every server adds (RFC 5321 §4.4, protocol names of RFC 3848 and 6531, TLS of RFC 8314 §4.3).</summary>
public static class ReceivedField
{
    public static byte[] Create(SmtpSession session, MailTransaction transaction, string hostname, DateTimeOffset now)
    {
        var field = new StringBuilder(256);
        field.Append("Received: from ").Append(session.ClientName).Append(" (").Append(Literal(session.Client.Address)).Append(")\r\n\tby ")
            .Append(hostname).Append(" with ").Append(Protocol(session, transaction));
        if (session.Tls is { } tls)
            field.Append("\r\n\ttls ").Append(tls.CipherSuite);
        // More than one recipient would tell each of them about the others.
        if (transaction.Recipients is [var only])
            field.Append("\r\n\tfor <").Append(only.Address).Append('>');
        field.Append(";\r\n\t").Append(MailDate.Format(now)).Append("\r\n");
        return Encoding.UTF8.GetBytes(field.ToString());
    }

    private static string Literal(IPAddress address)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return plain.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? $"[IPv6:{plain}]" : $"[{plain}]";
    }

    private static string Protocol(SmtpSession session, MailTransaction transaction)
    {
        if (!session.IsExtended)
            return "SMTP";
        var name = transaction.IsSmtpUtf8 ? "UTF8SMTP" : "ESMTP";
        return name + (session.Tls is null ? "" : "S") + (session.Principal is null ? "" : "A");
    }
}
