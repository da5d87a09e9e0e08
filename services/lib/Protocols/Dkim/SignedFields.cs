using System.Buffers;
using System.Text;
using Mailstead.Protocols.Mime;

namespace Mailstead.Protocols.Dkim;

/// <summary>The fields of a header that a signature covers, in the order in which it names them.</summary>
internal static class SignedFields
{
    /// <summary>RFC 6376 §5.4.2: a name that comes again stands for the next field of that name, from the last one up; where there is none more, for nothing.</summary>
    public static void Append(ArrayBufferWriter<byte> to, ReadOnlySpan<byte> header, IEnumerable<string> names, bool isRelaxed)
    {
        var places = new Dictionary<string, Stack<(int Offset, int Length)>>(StringComparer.OrdinalIgnoreCase);
        var fields = new HeaderFields(header);
        while (fields.MoveNext())
        {
            var name = Encoding.Latin1.GetString(fields.Name);
            if (!places.TryGetValue(name, out var stack))
                places[name] = stack = [];
            stack.Push(((int)Offset(header, fields.Whole), fields.Whole.Length));
        }

        foreach (var name in names)
        {
            if (places.TryGetValue(name, out var stack) && stack.TryPop(out var place))
                DkimCanonicalization.AppendField(to, header.Slice(place.Offset, place.Length), isRelaxed, withLineEnd: true);
        }
    }

    private static long Offset(ReadOnlySpan<byte> header, ReadOnlySpan<byte> field)
    {
        header.Overlaps(field, out var offset);
        return offset;
    }
}
