using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Amazon;
using Amazon.KeyManagementService;
using Amazon.KeyManagementService.Model;
using Amazon.Runtime;
using Grpc.Core;

namespace Mailstead.Keys.Providers;

/// <summary>
/// Keys in AWS KMS, or in whatever speaks its API: each version of a key's material is a key there, and never leaves it. Here is only which one.
/// A ciphertext is the material's version (4 octets) and what KMS answered. The encryption context goes along, so that it is bound, told in
/// KMS's own log and open to its policies.
/// </summary>
internal sealed class AwsKmsProvider(KeyMaterials materials, RootKey root, KeysOptions options) : IKeyProvider, IDisposable
{
    public const string ProviderName = "aws-kms";

    private const int VersionLength = 4;
    private const int DeletionDays = 30;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly Lazy<AmazonKeyManagementServiceClient> client = new(() => Create(options));

    public string Name => ProviderName;

    public async ValueTask<byte[]> CreateMaterialAsync(Guid keyId, CancellationToken cancellationToken)
    {
        var made = await AskAsync(kms => kms.CreateKeyAsync(
            new CreateKeyRequest { Description = "Mailstead", Tags = [new Tag { TagKey = "mailstead:key", TagValue = keyId.ToString() }] }, cancellationToken));
        return root.Wrap(Encoding.UTF8.GetBytes(made.KeyMetadata.Arn), MaterialContext(keyId));
    }

    public int VersionOf(ReadOnlySpan<byte> ciphertext) => BinaryPrimitives.ReadInt32BigEndian(ciphertext);

    public async ValueTask<byte[]> EncryptAsync(
        Guid keyId, ReadOnlyMemory<byte> plaintext, EncryptionContext context, CancellationToken cancellationToken)
    {
        var material = await materials.FindNewestAsync(keyId, cancellationToken);
        var copy = plaintext.ToArray();
        byte[] blob;
        try
        {
            using var octets = new MemoryStream(copy);
            var answer = await AskAsync(kms => kms.EncryptAsync(
                new EncryptRequest { KeyId = ArnOf(keyId, material), Plaintext = octets, EncryptionContext = new(context.Pairs) }, cancellationToken));
            blob = answer.CiphertextBlob.ToArray();
        }
        finally
        {
            CryptographicOperations.ZeroMemory(copy);
        }

        var ciphertext = new byte[VersionLength + blob.Length];
        BinaryPrimitives.WriteInt32BigEndian(ciphertext, material.Version);
        blob.CopyTo(ciphertext, VersionLength);
        return ciphertext;
    }

    public async ValueTask<byte[]> DecryptAsync(
        Guid keyId, ReadOnlyMemory<byte> ciphertext, EncryptionContext context, CancellationToken cancellationToken)
    {
        if (ciphertext.Length <= VersionLength)
            throw new CryptographicException("A ciphertext is shorter than any can be");
        var material = await materials.FindAsync(keyId, VersionOf(ciphertext.Span), cancellationToken);
        using var octets = new MemoryStream(ciphertext[VersionLength..].ToArray());
        var answer = await AskAsync(kms => kms.DecryptAsync(
            new DecryptRequest { KeyId = ArnOf(keyId, material), CiphertextBlob = octets, EncryptionContext = new(context.Pairs) }, cancellationToken));
        return answer.Plaintext.ToArray();
    }

    public async Task ForgetAsync(Guid keyId, IReadOnlyList<KeyMaterial> forgotten, CancellationToken cancellationToken)
    {
        foreach (var material in forgotten)
        {
            try
            {
                await AskAsync(kms => kms.ScheduleKeyDeletionAsync(
                    new ScheduleKeyDeletionRequest { KeyId = ArnOf(keyId, material), PendingWindowInDays = DeletionDays }, cancellationToken));
            }
            catch (KeyProviderException done) when (done.InnerException is KMSInvalidStateException or NotFoundException)
            {
                // An earlier round, or somebody there, has done it.
            }
        }
    }

    public void Dispose()
    {
        if (client.IsValueCreated)
            client.Value.Dispose();
    }

    private async Task<T> AskAsync<T>(Func<AmazonKeyManagementServiceClient, Task<T>> ask)
    {
        try
        {
            return await ask(client.Value);
        }
        catch (InvalidCiphertextException damaged)
        {
            throw new CryptographicException("AWS KMS does not open the ciphertext", damaged);
        }
        catch (AmazonKeyManagementServiceException refused) when (IsRefusal(refused))
        {
            throw new KeyProviderException(StatusCode.FailedPrecondition, $"AWS KMS refuses the use of the key ({refused.ErrorCode}): {refused.Message}", refused);
        }
        catch (Exception failure) when (failure is AmazonServiceException or AmazonClientException or HttpRequestException or TimeoutException)
        {
            throw new KeyProviderException(StatusCode.Unavailable, $"AWS KMS can't be asked now: {failure.Message}", failure);
        }
    }

    /// <summary>Somebody there has disabled, deleted or denied it: asking again changes nothing.</summary>
    private static bool IsRefusal(AmazonKeyManagementServiceException refused) => refused is DisabledException or KMSInvalidStateException or NotFoundException
        || refused.ErrorCode is "AccessDeniedException" or "UnrecognizedClientException" or "InvalidSignatureException";

    private string ArnOf(Guid keyId, KeyMaterial material) => Encoding.UTF8.GetString(root.Unwrap(material.Stored, MaterialContext(keyId)));

    private static EncryptionContext MaterialContext(Guid keyId) => new("mailstead:aws-kms", keyId.ToString());

    private static AmazonKeyManagementServiceClient Create(KeysOptions options)
    {
        var config = new AmazonKeyManagementServiceConfig { Timeout = Patience, MaxErrorRetry = 2 };
        if (options.AwsKmsEndpoint.Length > 0)
            (config.ServiceURL, config.AuthenticationRegion) = (options.AwsKmsEndpoint, options.AwsKmsRegion);
        else
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(options.AwsKmsRegion);
        return options.AwsKmsAccessKeyId.Length > 0
            ? new(new BasicAWSCredentials(options.AwsKmsAccessKeyId, options.AwsKmsSecretAccessKey), config)
            : new(config);
    }
}
