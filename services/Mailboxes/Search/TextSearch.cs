using System.Buffers;
using System.Text;
using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Mailboxes.Bodies;
using Mailstead.Protocols.Mime;

namespace Mailstead.Mailboxes.Search;

/// <summary>
/// Looks for text in the text parts of an item, decoded, case aside, in pieces: no part is ever in memory whole. Pieces overlap
/// by the length of what is looked for, so that it is found across their borders.
/// </summary>
internal static class TextSearch
{
    private const int PieceOctets = 32 * 1024;

    public static async ValueTask<bool> ContainsAsync(
        ItemContent content, MimePart part, string text, bool withInnerHeaders, CancellationToken cancellationToken)
    {
        if (text.Length == 0)
            return true;
        foreach (var child in part.Children)
        {
            if (withInnerHeaders && HeaderText.Decode(child.Header.Span).Contains(text, StringComparison.OrdinalIgnoreCase))
                return true;
            if (await ContainsAsync(content, child, text, withInnerHeaders, cancellationToken))
                return true;
        }

        return part is { Type: "text", Children.Count: 0 } && await InPartAsync(content, part, text, cancellationToken);
    }

    private static async ValueTask<bool> InPartAsync(
        ItemContent content, MimePart part, string text, CancellationToken cancellationToken)
    {
        var decoder = ContentDecoder.For(part.Encoding) ?? ContentDecoder.For("")!;
        var charset = Charsets.Find(part.Parameters.FirstOrDefault(parameter => parameter.Name == "charset")?.Value ?? "").GetDecoder();
        var octets = new ArrayBufferWriter<byte>(PieceOctets);
        var piece = ArrayPool<byte>.Shared.Rent(PieceOctets);
        var window = new StringBuilder();
        try
        {
            for (var offset = part.BodyOffset; ;)
            {
                var wanted = (int)Math.Min(PieceOctets, part.EndOffset - offset);
                var count = wanted == 0 ? 0 : await content.ReadAsync(offset, piece.AsMemory(0, wanted), cancellationToken);
                octets.ResetWrittenCount();
                if (count > 0)
                    decoder.Decode(piece.AsSpan(0, count), octets);
                else
                    decoder.Complete(octets);
                AppendText(window, charset, octets.WrittenSpan, isLast: count == 0);
                if (window.ToString().Contains(text, StringComparison.OrdinalIgnoreCase))
                    return true;
                if (count == 0)
                    return false;
                if (window.Length > text.Length)
                    window.Remove(0, window.Length - text.Length);
                offset += count;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece, clearArray: true);
        }
    }

    private static void AppendText(StringBuilder window, Decoder charset, ReadOnlySpan<byte> octets, bool isLast)
    {
        var characters = ArrayPool<char>.Shared.Rent(charset.GetCharCount(octets, isLast) + 1);
        var count = charset.GetChars(octets, characters, isLast);
        window.Append(characters, 0, count);
        ArrayPool<char>.Shared.Return(characters, clearArray: true);
    }
}
