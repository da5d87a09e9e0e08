using System.Security.Cryptography;
using Amazon;
using Amazon.KeyManagementService;
using Amazon.KeyManagementService.Model;
using Amazon.Runtime;
using Grpc.Core;

namespace Mailstead.Keys.Providers;

/// <summary>
/// Keys in AWS KMS, or in whatever speaks its API. The encryption context goes along, so that it is bound, told in KMS's own log and open to its policies.
/// </summary>
internal sealed class AwsKmsProvider(KeyMaterials materials, RootKey root, KeysOptions options)
    : RemoteKeyProvider(ProviderName, materials, root), IDisposable
{
    public const string ProviderName = "aws-kms";

    private const int DeletionDays = 30;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly Lazy<AmazonKeyManagementServiceClient> client = new(() => Create(options));

    public void Dispose()
    {
        if (client.IsValueCreated)
            client.Value.Dispose();
    }

    protected override async Task<string> CreateKeyAsync(Guid keyId, CancellationToken cancellationToken)
    {
        var made = await AskAsync(kms => kms.CreateKeyAsync(
            new CreateKeyRequest { Description = "Mailstead", Tags = [new Tag { TagKey = "mailstead:key", TagValue = keyId.ToString() }] }, cancellationToken));
        return made.KeyMetadata.Arn;
    }

    protected override async Task<byte[]> SealAsync(RemoteKey key, byte[] plaintext, EncryptionContext context, CancellationToken cancellationToken)
    {
        using var octets = new MemoryStream(plaintext);
        var answer = await AskAsync(kms => kms.EncryptAsync(
            new EncryptRequest { KeyId = key.Name, Plaintext = octets, EncryptionContext = new(context.Pairs) }, cancellationToken));
        return answer.CiphertextBlob.ToArray();
    }

    protected override async Task<byte[]> OpenAsync(RemoteKey key, byte[] ciphertext, EncryptionContext context, CancellationToken cancellationToken)
    {
        using var octets = new MemoryStream(ciphertext);
        var answer = await AskAsync(kms => kms.DecryptAsync(
            new DecryptRequest { KeyId = key.Name, CiphertextBlob = octets, EncryptionContext = new(context.Pairs) }, cancellationToken));
        return answer.Plaintext.ToArray();
    }

    protected override async Task DeleteKeyAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            await AskAsync(kms => kms.ScheduleKeyDeletionAsync(
                new ScheduleKeyDeletionRequest { KeyId = name, PendingWindowInDays = DeletionDays }, cancellationToken));
        }
        catch (KeyProviderException done) when (done.InnerException is KMSInvalidStateException or NotFoundException)
        {
            // An earlier round, or somebody there, has done it.
        }
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
