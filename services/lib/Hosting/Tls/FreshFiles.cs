using System.Security.Cryptography;
using Microsoft.Extensions.Logging;

namespace Mailstead.Hosting.Tls;

/// <summary>
/// Something made of files, made again when their content has changed: an operator or Kubernetes replaces a certificate and
/// nobody restarts anything. Content is compared and not times, since a mounted secret changes through a link to a folder
/// beside it. Files that don't fit each other, as in the middle of a change, leave what was there in force.
/// </summary>
internal sealed partial class FreshFiles<T>(IReadOnlyList<string> paths, Func<T> load, TimeProvider clock, ILogger logger)
    where T : class
{
    private static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(10);

    private readonly Lock gate = new();
    private T? loaded;
    private byte[] digest = [];
    private DateTimeOffset checkedAt;

    /// <exception cref="Exception">Nothing could be made of the files yet.</exception>
    public T Current
    {
        get
        {
            lock (gate)
            {
                var now = clock.GetUtcNow();
                if (loaded is not null && now - checkedAt < CheckInterval)
                    return loaded;
                checkedAt = now;
                try
                {
                    return Refresh();
                }
                catch (Exception failure) when (loaded is not null && IsOfFiles(failure))
                {
                    LogKept(failure, string.Join(", ", paths));
                    return loaded!;
                }
            }
        }
    }

    private T Refresh()
    {
        var found = Digest();
        if (loaded is not null && found.AsSpan().SequenceEqual(digest))
            return loaded;
        loaded = load();
        digest = found;
        return loaded;
    }

    private byte[] Digest()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var path in paths)
            hash.AppendData(SHA256.HashData(File.ReadAllBytes(path)));
        return hash.GetHashAndReset();
    }

    /// <summary>A key of another certificate is an <see cref="ArgumentException"/>.</summary>
    private static bool IsOfFiles(Exception failure) =>
        failure is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException;

    [LoggerMessage(LogLevel.Error, "{Files} can't be used; what was read before stays in force")]
    private partial void LogKept(Exception failure, string files);
}
