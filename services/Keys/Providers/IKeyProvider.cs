namespace Mailstead.Keys.Providers;

/// <summary>
/// Where customer master keys live and are used; their material never leaves it. The process boundary of AWS KMS, Vault or an
/// HSM; the local provider keeps material in this service's own tables, wrapped by the root key.
/// </summary>
internal interface IKeyProvider
{
    /// <summary>The name in the key table.</summary>
    string Name { get; }

    /// <summary>New material of a key, in the form that is stored with it.</summary>
    /// <exception cref="KeyProviderException">Also of the others.</exception>
    ValueTask<byte[]> CreateMaterialAsync(Guid keyId, CancellationToken cancellationToken);

    /// <summary>Which material a ciphertext was encrypted with: versions count from 1.</summary>
    int VersionOf(ReadOnlySpan<byte> ciphertext);

    /// <summary>These materials, whose records are gone, are not needed any more.</summary>
    /// <exception cref="KeyProviderException">It can't be told now.</exception>
    Task ForgetAsync(Guid keyId, IReadOnlyList<KeyMaterial> forgotten, CancellationToken cancellationToken);

    /// <summary>Encrypts at most 4 KB under the newest material of a key.</summary>
    ValueTask<byte[]> EncryptAsync(
        Guid keyId, ReadOnlyMemory<byte> plaintext, EncryptionContext context, CancellationToken cancellationToken);

    /// <summary>Decrypts under whichever material it was encrypted with.</summary>
    /// <exception cref="System.Security.Cryptography.CryptographicException">Another key, another context, or tampered with.</exception>
    ValueTask<byte[]> DecryptAsync(
        Guid keyId, ReadOnlyMemory<byte> ciphertext, EncryptionContext context, CancellationToken cancellationToken);
}
