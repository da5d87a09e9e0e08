using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Mailboxes.Flags;
using Mailstead.Protocols.Mime;
using static Mailstead.Mailboxes.Properties.MessageProperties;

namespace Mailstead.Mailboxes.Properties;

/// <summary>
/// The properties that an item's row, flags and message tell. They are not stored again: the summary was made once, when the message
/// came, and this reads its header.
/// </summary>
internal static class DerivedProperties
{
    private const int FlaggedStatus = 2;
    private const int SubjectPrefixMax = 3;

    public static PropertyBag Of(PropertyRow row, MessageSummary summary)
    {
        var bag = new PropertyBag();
        AddRow(bag, row, summary);
        AddHeader(bag, summary.Header.Span);
        return bag;
    }

    private static void AddRow(PropertyBag bag, PropertyRow row, MessageSummary summary)
    {
        var hasAttachments = HasAttachment(summary.Root, isInside: false);
        var isSeen = (row.Flags & SystemFlags.Seen) != 0;
        var isDraft = (row.Flags & SystemFlags.Draft) != 0;
        bag.Set(MessageClass.Key, PropertyValue.Of(row.Class));
        bag.Set(DeliveryTime.Key, PropertyValue.Of(DateTimeOffset.FromUnixTimeMilliseconds(row.ReceivedAt)));
        bag.Set(CreationTime.Key, PropertyValue.Of(DateTimeOffset.FromUnixTimeMilliseconds(row.SavedAt)));
        bag.Set(Size.Key, PropertyValue.Of((int)Math.Min(row.Size, int.MaxValue)));
        bag.Set(Read.Key, PropertyValue.Of(isSeen));
        bag.Set(HasAttachments.Key, PropertyValue.Of(hasAttachments));
        // MS-OXCMSG §2.2.1.6: mfRead, mfUnsent, mfHasAttach.
        bag.Set(MessageProperties.MessageFlags.Key, PropertyValue.Of((isSeen ? 0x1 : 0) | (isDraft ? 0x8 : 0) | (hasAttachments ? 0x10 : 0)));
        if ((row.Flags & SystemFlags.Flagged) != 0)
            bag.Set(FlagStatus.Key, PropertyValue.Of(FlaggedStatus));
    }

    private static void AddHeader(PropertyBag bag, ReadOnlySpan<byte> header)
    {
        bag.Set(TransportHeaders.Key, PropertyValue.Of(Charsets.DecodeUndeclared(header)));
        var subject = Text(bag, Subject, header, "Subject"u8);
        AddSubject(bag, subject ?? "");
        Text(bag, ConversationTopic, header, "Thread-Topic"u8);
        Text(bag, InternetMessageId, header, "Message-ID"u8);
        Text(bag, InReplyTo, header, "In-Reply-To"u8);
        Text(bag, References, header, "References"u8);
        Text(bag, ListHelp, header, "List-Help"u8);
        Text(bag, ListSubscribe, header, "List-Subscribe"u8);
        Text(bag, ListUnsubscribe, header, "List-Unsubscribe"u8);
        Date(bag, ClientSubmitTime, header, "Date"u8);
        Date(bag, ExpiryTime, header, "Expires"u8);
        Date(bag, ReplyTime, header, "Reply-By"u8);
        DerivedAddresses.Add(bag, header);
        DerivedMarks.Add(bag, header);
    }

    /// <summary>MS-OXCMSG §2.2.1.9: a prefix is one to three characters, none a digit, then a colon and a blank.</summary>
    private static void AddSubject(PropertyBag bag, string subject)
    {
        var colon = subject.IndexOf(": ", StringComparison.Ordinal);
        var hasPrefix = colon is > 0 and <= SubjectPrefixMax && !subject[..colon].Any(char.IsDigit);
        var normalized = hasPrefix ? subject[(colon + 2)..].TrimStart() : subject;
        bag.Set(SubjectPrefix.Key, PropertyValue.Of(hasPrefix ? subject[..(colon + 2)] : ""));
        bag.Set(NormalizedSubject.Key, PropertyValue.Of(normalized));
        bag.Set(ConversationTopic.Key, PropertyValue.Of(normalized));
    }

    private static string? Text(PropertyBag bag, KnownProperty property, ReadOnlySpan<byte> header, ReadOnlySpan<byte> field)
    {
        if (!HeaderFields.TryFind(header, field, out var raw))
            return null;
        var text = HeaderText.Decode(raw);
        bag.Set(property.Key, PropertyValue.Of(text));
        return text;
    }

    private static void Date(PropertyBag bag, KnownProperty property, ReadOnlySpan<byte> header, ReadOnlySpan<byte> field)
    {
        if (HeaderFields.TryFind(header, field, out var raw) && MailDate.TryParse(raw, out var date))
            bag.Set(property.Key, PropertyValue.Of(date));
    }

    private static bool IsReport(MimePart part) =>
        part is { Type: "message", Subtype: "delivery-status" or "disposition-notification" };

    /// <summary>What people see as attached: a named file, or anything in a mixed message that is not its text.</summary>
    private static bool HasAttachment(MimePart part, bool isInside)
    {
        if (part.Type == "multipart")
            return part.Children.Any(child => HasAttachment(child, isInside: true));
        if (part.Disposition == "attachment")
            return true;
        return isInside && part.Disposition != "inline" && part.Type != "text" && !IsReport(part)
            && part.ContentId.Length == 0 && !part.Subtype.EndsWith("pkcs7-signature", StringComparison.Ordinal);
    }
}
