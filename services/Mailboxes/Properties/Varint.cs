namespace Mailstead.Mailboxes.Properties;

/// <summary>Unsigned numbers, seven bits an octet, the lowest first. Each has one form: the shortest.</summary>
internal static class Varint
{
    private const int OctetsMax = 5;

    public static void Write(Stream output, uint value)
    {
        for (; value >= 0x80; value >>= 7)
            output.WriteByte((byte)(value | 0x80));
        output.WriteByte((byte)value);
    }

    /// <summary>Takes it off the front. False: there is none, or not in its shortest form.</summary>
    public static bool TryRead(ref ReadOnlySpan<byte> input, out uint value)
    {
        value = 0;
        ulong read = 0;
        for (var i = 0; i < Math.Min(input.Length, OctetsMax); i++)
        {
            read |= (ulong)(input[i] & 0x7F) << (7 * i);
            if ((input[i] & 0x80) != 0)
                continue;
            if (read > uint.MaxValue || (i > 0 && input[i] == 0))
                return false;
            value = (uint)read;
            input = input[(i + 1)..];
            return true;
        }

        return false;
    }
}
