using Google.Protobuf;
using Mailstead.Contracts.Mailboxes.V1;

namespace Mailstead.Mailboxes.Bodies;

/// <summary>The summary of a body as the summary of an item whose own header lines stand before that body.</summary>
internal static class ShiftedSummary
{
    /// <summary>Changes <paramref name="summary"/>, which belongs to nobody else yet.</summary>
    public static MessageSummary Of(MessageSummary summary, byte[] prologue)
    {
        if (prologue.Length == 0)
            return summary;
        summary.Header = UnsafeByteOperations.UnsafeWrap((byte[])[.. prologue, .. summary.Header.Span]);
        summary.Size += prologue.Length;
        Shift(summary.Root, prologue.Length);
        summary.Root.HeaderOffset = 0;
        return summary;
    }

    private static void Shift(MimePart part, long by)
    {
        part.HeaderOffset += by;
        part.BodyOffset += by;
        part.EndOffset += by;
        foreach (var child in part.Children)
            Shift(child, by);
    }
}
