using Mailstead.Protocols.Mime;
using static Mailstead.Mailboxes.Properties.MessageProperties;

namespace Mailstead.Mailboxes.Properties;

/// <summary>Whom a message is from and to (MS-OXCMAIL §2.2.3.1).</summary>
internal static class DerivedAddresses
{
    private const string Smtp = "SMTP";

    public static void Add(PropertyBag bag, ReadOnlySpan<byte> header)
    {
        var from = First(header, "From"u8);
        var sender = First(header, "Sender"u8) ?? from;
        AddOne(bag, from, FromName, FromAddressType, FromEmailAddress, FromSmtpAddress);
        AddOne(bag, sender, SenderName, SenderAddressType, SenderEmailAddress, SenderSmtpAddress);
        AddNames(bag, DisplayTo, header, "To"u8);
        AddNames(bag, DisplayCc, header, "Cc"u8);
        AddNames(bag, DisplayBcc, header, "Bcc"u8);
        AddNames(bag, ReplyTo, header, "Reply-To"u8);
    }

    private static void AddOne(
        PropertyBag bag, MailAddressEntry? entry, KnownProperty name, KnownProperty type, KnownProperty address, KnownProperty smtp)
    {
        if (entry is not { Address: { } text })
            return;
        bag.Set(name.Key, PropertyValue.Of(NameOf(entry)));
        bag.Set(type.Key, PropertyValue.Of(Smtp));
        bag.Set(address.Key, PropertyValue.Of(text));
        bag.Set(smtp.Key, PropertyValue.Of(text));
    }

    private static void AddNames(PropertyBag bag, KnownProperty property, ReadOnlySpan<byte> header, ReadOnlySpan<byte> field)
    {
        var names = new List<string>();
        var fields = new HeaderFields(header);
        while (fields.MoveNext())
        {
            if (System.Text.Ascii.EqualsIgnoreCase(fields.Name, field))
                names.AddRange(AddressList.Parse(fields.RawValue).Where(entry => entry.Address is not null).Select(NameOf));
        }

        if (names.Count > 0)
            bag.Set(property.Key, PropertyValue.Of(string.Join("; ", names)));
    }

    private static MailAddressEntry? First(ReadOnlySpan<byte> header, ReadOnlySpan<byte> field) =>
        HeaderFields.TryFind(header, field, out var raw) ? AddressList.Parse(raw).Find(entry => entry.Address is not null) : null;

    private static string NameOf(MailAddressEntry entry) =>
        entry.DisplayName is { Length: > 0 } name ? HeaderText.Decode(System.Text.Encoding.UTF8.GetBytes(name)) : entry.Address ?? "";
}
