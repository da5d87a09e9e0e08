using System.Security.Cryptography;
using System.Text;
using Mailstead.Hosting;
using Mailstead.Persistence.Databases;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Keys.Providers;

/// <summary>
/// Opens the root key before anything is served. A sealed word in the database tells whether it is the one that the stored keys
/// are wrapped with: with another one, or none, the start fails instead of making keys that open nothing.
/// </summary>
internal sealed class OpenRootKey(
    [FromKeyedServices("keys")] Database database, InstallationOptions installation, KeysOptions options, RootKey root)
{
    /// <summary>What the word that tells the right root key is sealed with.</summary>
    internal static readonly EncryptionContext Context = new("mailstead:root", "check");
    private static readonly byte[] Word = Encoding.ASCII.GetBytes("mailstead");

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var path = Path.Combine(installation.Folder("keys"), "root.key");
        var sealedWord = await database.FindAsync<byte[]>(TenantScope.None, "SELECT sealed FROM root_key_check WHERE id = 1", null, cancellationToken);
        root.Set(Load(path, isFirstStart: sealedWord is null));
        if (sealedWord is null)
        {
            await database.ExecuteAsync(
                TenantScope.None,
                "INSERT INTO root_key_check (id, sealed) VALUES (1, @word) ON CONFLICT (id) DO NOTHING",
                new { word = root.Wrap(Word, Context) }, cancellationToken);
            sealedWord = await database.FindAsync<byte[]>(TenantScope.None, "SELECT sealed FROM root_key_check WHERE id = 1", null, cancellationToken);
        }

        Check(sealedWord, path);
    }

    private byte[] Load(string path, bool isFirstStart)
    {
        if (options.RootKey.Length > 0)
            return Convert.FromBase64String(options.RootKey);
        if (Path.Exists(path))
            return RootKeyFile.Read(path);
        if (isFirstStart)
            return RootKeyFile.Create(path);
        throw new StartRefusedException(
            $"The root key is missing: put {path} back from your backup, or set Keys:RootKey. Without it no mail can be read");
    }

    private void Check(byte[]? sealedWord, string path)
    {
        try
        {
            root.Unwrap(sealedWord, Context);
        }
        catch (CryptographicException)
        {
            var source = options.RootKey.Length > 0 ? "Keys:RootKey" : path;
            throw new StartRefusedException($"{source} is not the root key that this data directory was made with: restore that one");
        }
    }
}
