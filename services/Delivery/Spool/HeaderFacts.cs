using Mailstead.Contracts.Delivery.V1;
using Mailstead.Protocols.Mime;

namespace Mailstead.Delivery.Spool;

/// <summary>What later steps ask of a message's header, read once.</summary>
internal static class HeaderFacts
{
    public static void Read(ReadOnlySpan<byte> header, SpooledEnvelope content)
    {
        content.ReceivedCount = HeaderFields.Count(header, "Received"u8);
        content.FromAddress = FirstAddress(header, "From"u8);
        content.SenderAddress = FirstAddress(header, "Sender"u8);
    }

    private static string FirstAddress(ReadOnlySpan<byte> header, ReadOnlySpan<byte> name)
    {
        if (!HeaderFields.TryFind(header, name, out var value))
            return "";
        foreach (var entry in AddressList.Parse(value))
        {
            if (entry is { Mailbox.Length: > 0, Host.Length: > 0, Address: { } address })
                return address;
        }

        return "";
    }
}
