using System.Security.Cryptography;
using Mailstead.Hosting;
using Mailstead.Persistence.Backups;
using Mailstead.Persistence.Databases;

namespace Mailstead.Keys.Providers;

/// <summary>Is the root key that this installation has the one that the keys of a backup are wrapped with? It never was in the backup.</summary>
internal sealed class BackedUpRootKey(InstallationOptions installation, KeysOptions options)
{
    /// <exception cref="BackupException">It is another one, or there is none.</exception>
    public async Task CheckAsync(Database backup, CancellationToken cancellationToken)
    {
        var sealedWord = await backup.FindAsync<byte[]>(TenantScope.None, "SELECT sealed FROM root_key_check WHERE id = 1", null, cancellationToken)
            ?? throw new BackupException("The backup is of an installation that has never had a key: there is nothing in it to restore");
        var path = Path.Combine(installation.DataDirectory, "keys", "root.key");
        using var root = new RootKey();
        root.Set(Load(path));
        try
        {
            root.Unwrap(sealedWord, OpenRootKey.Context);
        }
        catch (CryptographicException)
        {
            var source = options.RootKey.Length > 0 ? "Keys:RootKey" : path;
            throw new BackupException($"{source} is not the root key of the installation that was backed up: put that one in its place");
        }
    }

    private byte[] Load(string path)
    {
        if (options.RootKey.Length > 0)
            return Convert.FromBase64String(options.RootKey);
        if (!File.Exists(path))
            throw new BackupException(
                $"There is no root key: put the one of the installation that was backed up at {path}, or set Keys:RootKey. It is never part of a backup");
        try
        {
            return RootKeyFile.Read(path);
        }
        catch (StartRefusedException wrong)
        {
            throw new BackupException(wrong.Message, wrong);
        }
    }
}
