using System.Buffers;
using System.Security.Cryptography;

namespace Mailstead.Persistence.Backups;

/// <summary>Files that are durable and whose SHA-256 is known.</summary>
internal static class HashedFiles
{
    private const int BufferOctets = 1024 * 1024;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Creates a file of what <paramref name="read"/> gives, piece by piece, until it gives 0. Durable when it returns.</summary>
    public static async Task<string> WriteAsync(
        string path, Func<long, Memory<byte>, CancellationToken, ValueTask<int>> read, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferOctets);
        try
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            await using var file = new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.Create,
                Access = FileAccess.Write,
                BufferSize = 0,
                UnixCreateMode = OwnerOnly,
            });
            int count;
            for (long offset = 0; (count = await read(offset, buffer, cancellationToken).ConfigureAwait(false)) > 0; offset += count)
            {
                hash.AppendData(buffer, 0, count);
                await file.WriteAsync(buffer.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
            }

            file.Flush(flushToDisk: true);
            return Convert.ToHexStringLower(hash.GetHashAndReset());
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>What is in a file that is written already; it is durable when this returns.</summary>
    public static async Task<BackupFile> DescribeAsync(string path, CancellationToken cancellationToken)
    {
        await using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read);
        file.Flush(flushToDisk: true);
        var hash = await SHA256.HashDataAsync(file, cancellationToken).ConfigureAwait(false);
        return new BackupFile(Path.GetFileName(path), file.Length, Convert.ToHexStringLower(hash));
    }

    public static string Hash(string path)
    {
        using var file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }

    /// <summary>What is wrong with a file, or null.</summary>
    public static async Task<string?> FindDamageAsync(string path, long length, string sha256, CancellationToken cancellationToken)
    {
        if (!File.Exists(path))
            return $"{path} is missing";
        await using var file = File.OpenRead(path);
        if (file.Length != length)
            return $"{path} has {file.Length} octets instead of {length}";
        var hash = await SHA256.HashDataAsync(file, cancellationToken).ConfigureAwait(false);
        return Convert.ToHexStringLower(hash) == sha256 ? null : $"{path} is not what was written: its SHA-256 is another";
    }
}
