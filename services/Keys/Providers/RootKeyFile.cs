using System.Security.Cryptography;
using Mailstead.Persistence;

namespace Mailstead.Keys.Providers;

/// <summary>The root key on disk: 32 octets in a file of mode 0600, complete or absent, whatever happens while it is made.</summary>
internal static class RootKeyFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Others =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    public static byte[] Read(string path)
    {
        if ((File.GetUnixFileMode(path) & Others) != 0)
            throw new InvalidOperationException($"{path} can be read by others: make it readable by its owner alone (chmod 600)");

        var key = File.ReadAllBytes(path);
        return key.Length == RootKey.Length
            ? key
            : throw new InvalidOperationException($"{path} has {key.Length} octets; a root key has {RootKey.Length}: restore it");
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
