using Mailstead.Protocols.Mime;
using static Mailstead.Mailboxes.Properties.MessageProperties;

namespace Mailstead.Mailboxes.Properties;

/// <summary>Marks that a sender put on a message: importance, sensitivity, keywords, the thread (MS-OXCMAIL §2.2.3.2).</summary>
internal static class DerivedMarks
{
    private const int KeywordsMax = 256;
    private const int ThreadIndexOctetsMax = 1024;

    public static void Add(PropertyBag bag, ReadOnlySpan<byte> header)
    {
        var importance = ImportanceOf(header);
        bag.Set(Importance.Key, PropertyValue.Of(importance));
        bag.Set(Priority.Key, PropertyValue.Of(importance - 1));
        bag.Set(Sensitivity.Key, PropertyValue.Of(SensitivityOf(header)));
        if (HeaderFields.TryFind(header, "Disposition-Notification-To"u8, out _))
            bag.Set(ReadReceiptRequested.Key, PropertyValue.Of(true));
        AddKeywords(bag, header);
        AddThreadIndex(bag, header);
    }

    /// <summary>0 low, 1 normal, 2 high. The first of these fields decides: Importance, X-Priority, Priority.</summary>
    private static int ImportanceOf(ReadOnlySpan<byte> header)
    {
        if (HeaderFields.TryFind(header, "Importance"u8, out var raw))
            return Word(raw) switch { "low" => 0, "high" => 2, _ => 1 };
        if (HeaderFields.TryFind(header, "X-Priority"u8, out raw))
            return Word(raw) switch { ['1' or '2', ..] => 2, ['4' or '5', ..] => 0, _ => 1 };
        return HeaderFields.TryFind(header, "Priority"u8, out raw) ? Word(raw) switch { "non-urgent" => 0, "urgent" => 2, _ => 1 } : 1;
    }

    private static int SensitivityOf(ReadOnlySpan<byte> header) =>
        HeaderFields.TryFind(header, "Sensitivity"u8, out var raw)
            ? Word(raw) switch { "personal" => 1, "private" => 2, "company-confidential" => 3, _ => 0 }
            : 0;

    private static void AddKeywords(PropertyBag bag, ReadOnlySpan<byte> header)
    {
        if (!HeaderFields.TryFind(header, "Keywords"u8, out var raw))
            return;
        var keywords = HeaderText.Decode(raw).Split(
            [',', ';'], KeywordsMax, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (keywords.Length > 0)
            bag.Set(Keywords.Key, PropertyValue.Of(keywords));
    }

    private static void AddThreadIndex(PropertyBag bag, ReadOnlySpan<byte> header)
    {
        if (!HeaderFields.TryFind(header, "Thread-Index"u8, out var raw))
            return;
        var octets = new byte[ThreadIndexOctetsMax];
        if (Convert.TryFromBase64String(Word(raw, keepsCase: true), octets, out var length) && length > 0)
            bag.Set(ConversationIndex.Key, PropertyValue.Of(octets[..length]));
    }

    private static string Word(ReadOnlySpan<byte> raw, bool keepsCase = false)
    {
        var text = HeaderText.Decode(raw).Trim();
        return keepsCase ? text : text.ToLowerInvariant();
    }
}
