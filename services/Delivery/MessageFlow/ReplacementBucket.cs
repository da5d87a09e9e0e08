using Amazon;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using Grpc.Core;
using Mailstead.Contracts.Admin.V1;

namespace Mailstead.Delivery.MessageFlow;

/// <summary>The S3 service that functions put replacements of messages into.</summary>
internal sealed class ReplacementBucket(DeliveryOptions options) : IDisposable
{
    private readonly Lazy<AmazonS3Client> client = new(() => Create(options));

    /// <exception cref="RpcException">InvalidContentLocation.</exception>
    public async Task<byte[]> ReadAsync(S3Reference reference, long octetsMax, CancellationToken cancellationToken)
    {
        if (options.MessageFlowS3AccessKeyId.Length == 0)
            throw MessageFlowErrors.Location("No S3 service is configured for replacements of messages: Delivery:MessageFlowS3AccessKeyId is empty");
        try
        {
            using var found = await client.Value.GetObjectAsync(
                new GetObjectRequest
                {
                    BucketName = reference.Bucket,
                    Key = reference.Key,
                    VersionId = reference.HasObjectVersion ? reference.ObjectVersion : null,
                },
                cancellationToken);
            if (found.ContentLength > octetsMax)
                throw MessageFlowErrors.Rejected($"The object has {found.ContentLength} octets; a message has at most {octetsMax}");
            var octets = new byte[found.ContentLength];
            await found.ResponseStream.ReadExactlyAsync(octets, cancellationToken);
            return octets;
        }
        catch (Exception failure) when (failure is AmazonClientException or AmazonServiceException or IOException or HttpRequestException)
        {
            var why = failure is AmazonS3Exception { ErrorCode: { Length: > 0 } code } ? code : failure.GetType().Name;
            throw MessageFlowErrors.Location($"The object {reference.Key} in the bucket {reference.Bucket} can't be read: {why}");
        }
    }

    public void Dispose()
    {
        if (client.IsValueCreated)
            client.Value.Dispose();
    }

    private static AmazonS3Client Create(DeliveryOptions options)
    {
        var config = new AmazonS3Config
        {
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
        };
        if (options.MessageFlowS3Endpoint.Length > 0)
            (config.ServiceURL, config.AuthenticationRegion, config.ForcePathStyle) = (options.MessageFlowS3Endpoint, options.MessageFlowS3Region, true);
        else
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(options.MessageFlowS3Region);
        return new AmazonS3Client(new BasicAWSCredentials(options.MessageFlowS3AccessKeyId, options.MessageFlowS3SecretAccessKey), config);
    }
}
