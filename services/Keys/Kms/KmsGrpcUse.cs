using System.Security.Cryptography;
using Google.Protobuf;
using Google.Protobuf.Collections;
using Grpc.Core;
using Mailstead.Contracts.Kms.V1;
using Mailstead.Keys.CustomerKeys;
using Mailstead.Keys.Providers;
using StoredState = Mailstead.Keys.CustomerKeys.KeyState;

namespace Mailstead.Keys.Kms;

/// <summary>Encrypting and decrypting for administrators. A ciphertext begins with the key's id, so that it tells what opens it.</summary>
internal sealed partial class KmsGrpc
{
    private const byte CiphertextVersion = 1;
    private const int CiphertextHead = 1 + 16;
    private const int ContextCharactersMax = 8192;

    public override async Task<EncryptResponse> Encrypt(EncryptRequest request, ServerCallContext context)
    {
        RequireOnly("EncryptionAlgorithm", request.EncryptionAlgorithm, StoredState.Symmetric);
        var encryption = ContextOf(request.EncryptionContext);
        var key = await UsableAsync(context, request.KeyId, "Encrypt", encryption, request.DryRun);
        return new EncryptResponse
        {
            CiphertextBlob = await SealAsync(key, request.Plaintext.Memory, encryption, context.CancellationToken),
            KeyId = key.Arn,
            EncryptionAlgorithm = StoredState.Symmetric,
        };
    }

    public override async Task<DecryptResponse> Decrypt(DecryptRequest request, ServerCallContext context)
    {
        RequireOnly("EncryptionAlgorithm", request.EncryptionAlgorithm, StoredState.Symmetric);
        var encryption = ContextOf(request.EncryptionContext);
        var key = await SourceAsync(context, request.CiphertextBlob, request.KeyId, "Decrypt", encryption, request.DryRun);
        return new DecryptResponse
        {
            KeyId = key.Arn,
            Plaintext = UnsafeByteOperations.UnsafeWrap(await OpenAsync(key, request.CiphertextBlob, encryption, context.CancellationToken)),
            EncryptionAlgorithm = StoredState.Symmetric,
        };
    }

    public override async Task<ReEncryptResponse> ReEncrypt(ReEncryptRequest request, ServerCallContext context)
    {
        RequireOnly("SourceEncryptionAlgorithm", request.SourceEncryptionAlgorithm, StoredState.Symmetric);
        RequireOnly("DestinationEncryptionAlgorithm", request.DestinationEncryptionAlgorithm, StoredState.Symmetric);
        var (from, to) = (ContextOf(request.SourceEncryptionContext), ContextOf(request.DestinationEncryptionContext));
        var source = await SourceAsync(context, request.CiphertextBlob, request.SourceKeyId, "ReEncryptFrom", from, isDryRun: false);
        var destination = await UsableAsync(context, request.DestinationKeyId, "ReEncryptTo", to, request.DryRun);
        var plaintext = await OpenAsync(source, request.CiphertextBlob, from, context.CancellationToken);
        try
        {
            return new ReEncryptResponse
            {
                CiphertextBlob = await SealAsync(destination, plaintext, to, context.CancellationToken),
                SourceKeyId = source.Arn,
                KeyId = destination.Arn,
                SourceEncryptionAlgorithm = StoredState.Symmetric,
                DestinationEncryptionAlgorithm = StoredState.Symmetric,
            };
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plaintext);
        }
    }

    public override async Task<GenerateDataKeyResponse> GenerateDataKey(GenerateDataKeyRequest request, ServerCallContext context)
    {
        var encryption = ContextOf(request.EncryptionContext);
        var length = LengthOf(request);
        var key = await UsableAsync(context, request.KeyId, "GenerateDataKey", encryption, request.DryRun);
        var made = RandomNumberGenerator.GetBytes(length);
        return new GenerateDataKeyResponse
        {
            CiphertextBlob = await SealAsync(key, made, encryption, context.CancellationToken),
            Plaintext = UnsafeByteOperations.UnsafeWrap(made),
            KeyId = key.Arn,
        };
    }

    public override async Task<GenerateDataKeyWithoutPlaintextResponse> GenerateDataKeyWithoutPlaintext(
        GenerateDataKeyRequest request, ServerCallContext context)
    {
        var encryption = ContextOf(request.EncryptionContext);
        var length = LengthOf(request);
        var key = await UsableAsync(context, request.KeyId, "GenerateDataKeyWithoutPlaintext", encryption, request.DryRun);
        var made = RandomNumberGenerator.GetBytes(length);
        var ciphertext = await SealAsync(key, made, encryption, context.CancellationToken);
        CryptographicOperations.ZeroMemory(made);
        return new GenerateDataKeyWithoutPlaintextResponse { CiphertextBlob = ciphertext, KeyId = key.Arn };
    }

    private static int LengthOf(GenerateDataKeyRequest request)
    {
        if (request.HasKeySpec == request.HasNumberOfBytes)
            throw KmsError.Invalid("Give either KeySpec or NumberOfBytes");
        return request.HasNumberOfBytes ? request.NumberOfBytes : request.KeySpec == DataKeySpec.Types.Value.Aes256 ? 32 : 16;
    }

    /// <summary>The key that a ciphertext tells, when the caller may use it and means no other.</summary>
    private async Task<CustomerKey> SourceAsync(
        ServerCallContext context, ByteString ciphertext, string expected, string operation, EncryptionContext encryption, bool isDryRun)
    {
        if (ciphertext.Length <= CiphertextHead || ciphertext[0] != CiphertextVersion)
            throw KmsError.InvalidCiphertext();
        var told = new Guid(ciphertext.Span[1..CiphertextHead], bigEndian: true);
        if (expected.Length > 0 && (await work.FindAsync(expected, takesAlias: true, context.CancellationToken)).KeyId != told)
            throw KmsError.IncorrectKey();
        return await UsableAsync(context, told.ToString(), operation, encryption, isDryRun);
    }

    private async Task<CustomerKey> UsableAsync(ServerCallContext context, string keyId, string operation, EncryptionContext encryption, bool isDryRun)
    {
        var key = await work.RequireAsync(
            CallerOf.Context(context), keyId, found => new KeyUse(operation, found, encryption), context.CancellationToken, takesAlias: true);
        KmsWork.RequireEnabled(key);
        return isDryRun ? throw KmsError.DryRun() : key;
    }

    private async Task<ByteString> SealAsync(
        CustomerKey key, ReadOnlyMemory<byte> plaintext, EncryptionContext encryption, CancellationToken cancellationToken)
    {
        var ciphertext = await AskAsync(() => providers.Of(key).EncryptAsync(key.KeyId, plaintext, encryption, cancellationToken));
        return UnsafeByteOperations.UnsafeWrap(new byte[] { CiphertextVersion }.Concat(key.KeyId.ToByteArray(bigEndian: true)).Concat(ciphertext).ToArray());
    }

    private async Task<byte[]> OpenAsync(CustomerKey key, ByteString ciphertext, EncryptionContext encryption, CancellationToken cancellationToken)
    {
        try
        {
            return await AskAsync(() => providers.Of(key).DecryptAsync(key.KeyId, ciphertext.Memory[CiphertextHead..], encryption, cancellationToken));
        }
        catch (CryptographicException)
        {
            throw KmsError.InvalidCiphertext();
        }
    }

    private static EncryptionContext ContextOf(MapField<string, string> pairs) =>
        pairs.Sum(pair => pair.Key.Length + pair.Value.Length) <= ContextCharactersMax
            ? new EncryptionContext(pairs)
            : throw KmsError.Invalid($"An encryption context has at most {ContextCharactersMax} characters");
}
