using System.Globalization;
using System.Security.Cryptography;
using Grpc.Core;
using Net.Pkcs11Interop.Common;
using Net.Pkcs11Interop.HighLevelAPI;

namespace Mailstead.Keys.Providers;

/// <summary>
/// Keys in a hardware security module, by PKCS #11 (2.40): AES-256 keys that can't be read out of it, used by its CKM_AES_GCM.
/// A ciphertext is nonce (12) | what the module made (ciphertext and tag); the encryption context is the additional data.
/// </summary>
internal sealed class Pkcs11Provider(KeyMaterials materials, RootKey root, Pkcs11Token token) : RemoteKeyProvider(ProviderName, materials, root)
{
    public const string ProviderName = "pkcs11";

    private const ulong KeyLength = 32;
    private const int NonceLength = 12;
    private const ulong TagBits = 128;

    protected override Task<string> CreateKeyAsync(Guid keyId, CancellationToken cancellationToken) => token.UseAsync(
        session =>
        {
            var id = Guid.CreateVersion7();
            var make = session.Factories.ObjectAttributeFactory;
            using var mechanism = session.Factories.MechanismFactory.Create(CKM.CKM_AES_KEY_GEN);
            session.GenerateKey(mechanism,
            [
                make.Create(CKA.CKA_CLASS, CKO.CKO_SECRET_KEY),
                make.Create(CKA.CKA_KEY_TYPE, CKK.CKK_AES),
                make.Create(CKA.CKA_VALUE_LEN, KeyLength),
                make.Create(CKA.CKA_LABEL, string.Create(CultureInfo.InvariantCulture, $"mailstead {keyId}")),
                make.Create(CKA.CKA_ID, id.ToByteArray(bigEndian: true)),
                make.Create(CKA.CKA_TOKEN, true),
                make.Create(CKA.CKA_PRIVATE, true),
                make.Create(CKA.CKA_SENSITIVE, true),
                make.Create(CKA.CKA_EXTRACTABLE, false),
                make.Create(CKA.CKA_ENCRYPT, true),
                make.Create(CKA.CKA_DECRYPT, true),
            ]);
            return id.ToString();
        },
        cancellationToken);

    protected override Task<byte[]> SealAsync(RemoteKey key, byte[] plaintext, EncryptionContext context, CancellationToken cancellationToken) => token.UseAsync(
        session =>
        {
            var nonce = RandomNumberGenerator.GetBytes(NonceLength);
            using var mechanism = Gcm(session, nonce, context.ToOctets(key.KeyId));
            return (byte[])[.. nonce, .. session.Encrypt(mechanism, Find(session, key.Name), plaintext)];
        },
        cancellationToken);

    protected override Task<byte[]> OpenAsync(RemoteKey key, byte[] ciphertext, EncryptionContext context, CancellationToken cancellationToken) => token.UseAsync(
        session =>
        {
            if (ciphertext.Length <= NonceLength)
                throw new CryptographicException("A ciphertext is shorter than any can be");
            using var mechanism = Gcm(session, ciphertext[..NonceLength], context.ToOctets(key.KeyId));
            var handle = Find(session, key.Name);
            try
            {
                return session.Decrypt(mechanism, handle, ciphertext[NonceLength..]);
            }
            catch (Pkcs11Exception damaged) when (damaged.RV is CKR.CKR_ENCRYPTED_DATA_INVALID or CKR.CKR_ENCRYPTED_DATA_LEN_RANGE
                // What SoftHSM and others say of a tag that does not fit.
                or CKR.CKR_GENERAL_ERROR or CKR.CKR_FUNCTION_FAILED)
            {
                throw new CryptographicException($"The security module does not open the ciphertext ({damaged.RV})", damaged);
            }
        },
        cancellationToken);

    protected override Task DeleteKeyAsync(string name, CancellationToken cancellationToken) => token.UseAsync(
        session =>
        {
            foreach (var handle in FindAll(session, name))
                session.DestroyObject(handle);
            return true;
        },
        cancellationToken);

    private static IMechanism Gcm(ISession session, byte[] nonce, byte[] context) => session.Factories.MechanismFactory.Create(
        CKM.CKM_AES_GCM, session.Factories.MechanismParamsFactory.CreateCkGcmParams(nonce, (ulong)nonce.Length * 8, context, TagBits));

    private static IObjectHandle Find(ISession session, string name) => FindAll(session, name).FirstOrDefault()
        ?? throw new KeyProviderException(StatusCode.FailedPrecondition, "The security module has no such key any more");

    private static List<IObjectHandle> FindAll(ISession session, string name)
    {
        var make = session.Factories.ObjectAttributeFactory;
        return session.FindAllObjects(
            [make.Create(CKA.CKA_CLASS, CKO.CKO_SECRET_KEY), make.Create(CKA.CKA_ID, Guid.Parse(name).ToByteArray(bigEndian: true))]);
    }
}
