using System.Collections.Concurrent;
using ZstdSharp;

namespace Mailstead.Persistence.Encryption;

/// <summary>Zstandard with pooled contexts. Level 1: mail is written once and the CPU is the scarce thing.</summary>
internal static class Compression
{
    private const int Level = 1;
    private const int PooledMax = 32;

    private static readonly ConcurrentBag<Compressor> Compressors = [];
    private static readonly ConcurrentBag<Decompressor> Decompressors = [];

    /// <summary>The largest size that <paramref name="length"/> octets can take.</summary>
    public static int Bound(int length) => Compressor.GetCompressBound(length);

    public static int Compress(ReadOnlySpan<byte> plain, Span<byte> destination)
    {
        var compressor = Compressors.TryTake(out var pooled) ? pooled : new Compressor(Level);
        try
        {
            return compressor.Wrap(plain, destination);
        }
        finally
        {
            if (Compressors.Count < PooledMax)
                Compressors.Add(compressor);
            else
                compressor.Dispose();
        }
    }

    /// <exception cref="ZstdException">Not Zstandard, or more than <paramref name="destination"/> holds.</exception>
    public static int Decompress(ReadOnlySpan<byte> compressed, Span<byte> destination)
    {
        var decompressor = Decompressors.TryTake(out var pooled) ? pooled : new Decompressor();
        try
        {
            return decompressor.Unwrap(compressed, destination);
        }
        finally
        {
            if (Decompressors.Count < PooledMax)
                Decompressors.Add(decompressor);
            else
                decompressor.Dispose();
        }
    }
}
