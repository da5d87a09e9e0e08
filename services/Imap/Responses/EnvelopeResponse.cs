using Mailstead.Protocols.Imap;
using Mailstead.Protocols.Mime;

namespace Mailstead.Imap.Responses;

/// <summary>ENVELOPE (RFC 9051 §7.5.2) from a header block.</summary>
internal static class EnvelopeResponse
{
    public static void Write(ImapWriter output, ReadOnlySpan<byte> header)
    {
        output.Raw("("u8);
        WriteText(output, header, "Date"u8);
        output.Raw(" "u8);
        WriteText(output, header, "Subject"u8);
        var from = Addresses(header, "From"u8);
        output.Raw(" "u8);
        WriteAddresses(output, from);
        output.Raw(" "u8);
        // An absent or empty Sender and Reply-To are those of From.
        WriteAddresses(output, Addresses(header, "Sender"u8) ?? from);
        output.Raw(" "u8);
        WriteAddresses(output, Addresses(header, "Reply-To"u8) ?? from);
        output.Raw(" "u8);
        WriteAddresses(output, Addresses(header, "To"u8));
        output.Raw(" "u8);
        WriteAddresses(output, Addresses(header, "Cc"u8));
        output.Raw(" "u8);
        WriteAddresses(output, Addresses(header, "Bcc"u8));
        output.Raw(" "u8);
        WriteText(output, header, "In-Reply-To"u8);
        output.Raw(" "u8);
        WriteText(output, header, "Message-ID"u8);
        output.Raw(")"u8);
    }

    private static void WriteText(ImapWriter output, ReadOnlySpan<byte> header, ReadOnlySpan<byte> name)
    {
        if (HeaderFields.TryFind(header, name, out var value))
            output.String(HeaderText.Unfold(value));
        else
            output.Raw("NIL"u8);
    }

    private static List<MailAddressEntry>? Addresses(ReadOnlySpan<byte> header, ReadOnlySpan<byte> name) =>
        HeaderFields.TryFind(header, name, out var value) && AddressList.Parse(value) is { Count: > 0 } entries ? entries : null;

    private static void WriteAddresses(ImapWriter output, List<MailAddressEntry>? entries)
    {
        if (entries is null)
        {
            output.Raw("NIL"u8);
            return;
        }

        output.Raw("("u8);
        foreach (var entry in entries)
        {
            output.Raw("("u8).NString(entry.DisplayName).Raw(" NIL "u8).NString(entry.Mailbox).Raw(" "u8).NString(entry.Host).Raw(")"u8);
        }

        output.Raw(")"u8);
    }
}
