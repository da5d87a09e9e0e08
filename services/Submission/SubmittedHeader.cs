using System.Globalization;
using System.Text;
using Mailstead.Protocols.Mime;

namespace Mailstead.Submission;

/// <summary>What a user's header becomes (RFC 6409 §8), and who it says the message is from.</summary>
internal sealed class SubmittedHeader(string hostname, DateTimeOffset now)
{
    /// <summary>The directory is asked about each.</summary>
    private const int AddressesMax = 100;

    private static readonly byte[][] Removed = ["Bcc"u8.ToArray(), "Resent-Bcc"u8.ToArray(), "Return-Path"u8.ToArray()];

    /// <summary>Addresses of From.</summary>
    public List<string> Authors { get; } = [];

    /// <summary>Addresses of Sender.</summary>
    public List<string> Senders { get; } = [];

    /// <summary>From is another's, and nothing says yet who sends.</summary>
    public bool NeedsSender { get; set; }

    /// <summary>Null, or why the message is refused.</summary>
    public string? Defect { get; private set; }

    /// <summary>The header to be sent on, its empty line included.</summary>
    public byte[] Rewrite(ReadOnlySpan<byte> header)
    {
        var output = new System.Buffers.ArrayBufferWriter<byte>(header.Length + 256);
        if (!HeaderFields.TryFind(header, "Date"u8, out _))
            Append(output, $"Date: {MailDate.Format(now)}\r\n");
        if (!HeaderFields.TryFind(header, "Message-ID"u8, out _))
            Append(output, string.Create(CultureInfo.InvariantCulture, $"Message-ID: <{Guid.CreateVersion7(now):N}@{hostname}>\r\n"));
        var froms = 0;
        var fields = new HeaderFields(header);
        while (fields.MoveNext())
        {
            if (IsRemoved(fields.Name))
                continue;
            if (Ascii.EqualsIgnoreCase(fields.Name, "From"u8))
            {
                froms++;
                AddAddresses(fields.RawValue, Authors);
            }
            else if (Ascii.EqualsIgnoreCase(fields.Name, "Sender"u8))
            {
                AddAddresses(fields.RawValue, Senders);
            }

            System.Buffers.BuffersExtensions.Write(output, fields.Whole);
        }

        if (froms != 1 || Authors.Count == 0)
            Defect = froms > 1 ? "The message has more than one From field" : "The message needs a From field with an address";
        if (Authors.Count + Senders.Count > AddressesMax)
            Defect = $"From and Sender have at most {AddressesMax} addresses";
        System.Buffers.BuffersExtensions.Write(output, "\r\n"u8);
        return output.WrittenSpan.ToArray();
    }

    private static bool IsRemoved(ReadOnlySpan<byte> name)
    {
        foreach (var removed in Removed)
        {
            if (Ascii.EqualsIgnoreCase(name, removed))
                return true;
        }

        return false;
    }

    private static void Append(System.Buffers.ArrayBufferWriter<byte> output, string text) =>
        System.Buffers.BuffersExtensions.Write(output, Encoding.UTF8.GetBytes(text));

    private static void AddAddresses(ReadOnlySpan<byte> value, List<string> addresses)
    {
        foreach (var entry in AddressList.Parse(value))
        {
            if (entry.Address is { } address)
                addresses.Add(address);
        }
    }
}
