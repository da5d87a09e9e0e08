using Mailstead.Contracts.Mailboxes.V1;

namespace Mailstead.Mailboxes.Bodies;

/// <summary>Finds a piece of an item by IMAP part numbers (RFC 9051 §6.4.5.1).</summary>
internal static class Sections
{
    /// <summary>Null: there is no such piece.</summary>
    public static (long Offset, long Length)? Find(ItemContent item, ContentRange range)
    {
        var found = range.Part.Count == 0 && range.Portion == Portion.Whole
            ? (0, item.Size)
            : Find(item.Summary.Root, range);
        if (found is not { } whole)
            return null;
        var offset = Math.Clamp(range.Offset, 0, whole.Length);
        var rest = whole.Length - offset;
        return (whole.Offset + offset, range.Length > 0 ? Math.Min(range.Length, rest) : rest);
    }

    private static (long Offset, long Length)? Find(MimePart root, ContentRange range)
    {
        // What numbers count in: a multipart's parts, or the one part of a message that is none.
        var holder = root;
        var part = root;
        foreach (var number in range.Part)
        {
            if (holder is null || Child(holder, number) is not { } child)
                return null;
            holder = child != holder && IsMultipart(child) ? child : Inside(child);
            part = child;
        }

        if (range.Portion == Portion.MimeHeader)
            return range.Part.Count > 0 ? (part.HeaderOffset, part.BodyOffset - part.HeaderOffset) : null;
        if (range.Portion == Portion.Whole)
            return (part.BodyOffset, part.EndOffset - part.BodyOffset);

        // HEADER and TEXT of a part are those of the message inside it.
        var message = range.Part.Count == 0 ? part : Inside(part);
        if (message is null)
            return null;
        return range.Portion == Portion.HeaderBlock
            ? (message.HeaderOffset, message.BodyOffset - message.HeaderOffset)
            : (message.BodyOffset, message.EndOffset - message.BodyOffset);
    }

    private static MimePart? Child(MimePart holder, uint number)
    {
        if (IsMultipart(holder))
            return number >= 1 && number <= holder.Children.Count ? holder.Children[(int)number - 1] : null;
        // A message that is no multipart has one part: itself.
        return number == 1 ? holder : null;
    }

    private static bool IsMultipart(MimePart part) => part.Type == "multipart" && part.Children.Count > 0;

    private static MimePart? Inside(MimePart part) => part.Type == "message" && part.Children.Count == 1 ? part.Children[0] : null;
}
