using System.Security.Cryptography;
using Mailstead.Hosting;
using Mailstead.Persistence;

namespace Mailstead.Keys.Providers;

/// <summary>The root key on disk: 32 octets in a file of mode 0600, complete or absent, whatever happens while it is made.</summary>
internal static class RootKeyFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Others =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    /// <exception cref="StartRefusedException">It is no root key, or not this user's alone.</exception>
    public static byte[] Read(string path)
    {
        try
        {
            if ((File.GetUnixFileMode(path) & Others) != 0)
                throw new StartRefusedException($"{path} can be read by others: make it readable by its owner alone (chmod 600)");
            // Not more than it takes to see that it is too long.
            using var file = File.OpenRead(path);
            var octets = new byte[RootKey.Length + 1];
            var length = file.ReadAtLeast(octets, octets.Length, throwOnEndOfStream: false);
            return length == RootKey.Length
                ? octets[..length]
                : throw new StartRefusedException(
                    $"{path} has {(length > RootKey.Length ? "more" : length)} octets; a root key has {RootKey.Length}: restore it from your backup");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new StartRefusedException($"{path} can't be read; allowed: a file of mode 600 that is this user's: {failure.Message}", failure);
        }
    }

    public static byte[] Create(string path)
    {
        var key = RandomNumberGenerator.GetBytes(RootKey.Length);
        var unfinished = path + ".new";
        File.Delete(unfinished);
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = OwnerOnly,
        };
        using (var stream = new FileStream(unfinished, options))
        {
            stream.Write(key);
            stream.Flush(flushToDisk: true);
        }

        File.Move(unfinished, path, overwrite: false);
        // The name must be as durable as the octets: what is wrapped with this key would be lost with it.
        DurableFolder.Sync(Path.GetDirectoryName(path) ?? ".");
        return key;
    }
}
