using System.Buffers;
using System.Net;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Amazon;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using Polly;
using Polly.CircuitBreaker;

namespace Mailstead.Persistence.Bodies.S3;

/// <summary>
/// The objects of one bucket below one prefix. Every write carries its MD5, which the service checks before it answers. What
/// fails for a while is tried again by the client library; a request that went through twice wrote the same octets twice.
/// </summary>
internal sealed class S3Bucket : IDisposable
{
    private const int RetriesMax = 4;
    private const int PartOctets = 8 * 1024 * 1024;

    // As a disk says it: ENOSPC, EAGAIN.
    private const int NoSpace = 28;
    private const int TryAgain = 11;

    private readonly S3Options options;
    private readonly AmazonS3Client client;

    /// <summary>While the store is away nobody waits for one attempt after the other: all are told so at once, and one asks again.</summary>
    private readonly ResiliencePipeline breaker = new ResiliencePipelineBuilder()
        .AddCircuitBreaker(new CircuitBreakerStrategyOptions
        {
            ShouldHandle = new PredicateBuilder().Handle<Exception>(IsAway),
            FailureRatio = 0.5,
            MinimumThroughput = 10,
            SamplingDuration = TimeSpan.FromSeconds(10),
            BreakDuration = TimeSpan.FromSeconds(2),
        })
        .Build();

    public S3Bucket(S3Options options)
    {
        this.options = options;
        var config = new AmazonS3Config
        {
            ForcePathStyle = options.ForcePathStyle,
            MaxErrorRetry = RetriesMax,
            RetryMode = RequestRetryMode.Standard,
            Timeout = options.RequestTimeout,
            // Older services take neither the newer checksums nor the trailers they come in; MD5 they all check.
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
        };
        if (options.Endpoint.Length > 0)
        {
            config.ServiceURL = options.Endpoint;
            config.AuthenticationRegion = options.Region;
        }
        else
        {
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(options.Region);
        }

        if (options.Authorities.Length > 0)
            config.HttpClientFactory = PrivateAuthorityClients.Of(options);
        client = options.AccessKeyId.Length > 0
            ? new AmazonS3Client(new BasicAWSCredentials(options.AccessKeyId, options.SecretAccessKey), config)
            : new AmazonS3Client(config);
    }

    /// <summary>Makes the bucket, unless it is there and ours already.</summary>
    /// <exception cref="IOException">It couldn't be made.</exception>
    public async Task CreateAsync(CancellationToken cancellationToken)
    {
        try
        {
            await TryAsync(() => client.PutBucketAsync(options.Bucket, cancellationToken)).ConfigureAwait(false);
        }
        catch (IOException there) when (there.InnerException is AmazonS3Exception { ErrorCode: "BucketAlreadyOwnedByYou" or "BucketAlreadyExists" })
        {
            // Of several processes that start together one makes it. Another's bucket shows at the first body.
        }
    }

    /// <exception cref="IOException">It could not be stored; nothing is there.</exception>
    public async Task PutAsync(string name, ReadOnlyMemory<byte> octets, CancellationToken cancellationToken)
    {
        using var content = Over(octets);
        await TryAsync(() => client.PutObjectAsync(
            new PutObjectRequest
            {
                BucketName = options.Bucket,
                Key = options.Prefix + name,
                InputStream = content,
                AutoCloseStream = false,
                UseChunkEncoding = false,
                MD5Digest = Digest(octets),
                ContentType = "application/octet-stream",
            },
            cancellationToken)).ConfigureAwait(false);
    }

    /// <summary>An object of known length, in parts when it is large.</summary>
    /// <exception cref="IOException">It could not be stored; nothing is there.</exception>
    public async Task PutAsync(string name, long length, Stream content, CancellationToken cancellationToken)
    {
        var part = ArrayPool<byte>.Shared.Rent((int)Math.Min(length, PartOctets));
        try
        {
            if (length <= PartOctets)
            {
                await content.ReadExactlyAsync(part.AsMemory(0, (int)length), cancellationToken).ConfigureAwait(false);
                await PutAsync(name, part.AsMemory(0, (int)length), cancellationToken).ConfigureAwait(false);
                return;
            }

            var upload = await BeginUploadAsync(name, cancellationToken).ConfigureAwait(false);
            var parts = new List<PartETag>();
            for (var left = length; left > 0;)
            {
                var count = (int)Math.Min(left, PartOctets);
                await content.ReadExactlyAsync(part.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
                parts.Add(await UploadPartAsync(name, upload, parts.Count + 1, part.AsMemory(0, count), cancellationToken).ConfigureAwait(false));
                left -= count;
            }

            await CompleteUploadAsync(name, upload, parts, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(part);
        }
    }

    /// <summary>The octets of an object, or null: there is none.</summary>
    public async Task<long?> LengthAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            return (await TryAsync(() => client.GetObjectMetadataAsync(options.Bucket, options.Prefix + name, cancellationToken)).ConfigureAwait(false))
                .ContentLength;
        }
        catch (IOException missing) when (missing.InnerException is AmazonS3Exception { StatusCode: HttpStatusCode.NotFound })
        {
            return null;
        }
    }

    public async Task<string> BeginUploadAsync(string name, CancellationToken cancellationToken)
    {
        var begun = await TryAsync(() => client.InitiateMultipartUploadAsync(
            new InitiateMultipartUploadRequest { BucketName = options.Bucket, Key = options.Prefix + name, ContentType = "application/octet-stream" },
            cancellationToken)).ConfigureAwait(false);
        return begun.UploadId;
    }

    public async Task<PartETag> UploadPartAsync(
        string name, string upload, int number, ReadOnlyMemory<byte> octets, CancellationToken cancellationToken)
    {
        using var content = Over(octets);
        var answer = await TryAsync(() => client.UploadPartAsync(
            new UploadPartRequest
            {
                BucketName = options.Bucket,
                Key = options.Prefix + name,
                UploadId = upload,
                PartNumber = number,
                PartSize = octets.Length,
                InputStream = content,
                UseChunkEncoding = false,
                MD5Digest = Digest(octets),
            },
            cancellationToken)).ConfigureAwait(false);
        return new PartETag(number, answer.ETag);
    }

    public Task CompleteUploadAsync(string name, string upload, List<PartETag> parts, CancellationToken cancellationToken) =>
        TryAsync(() => client.CompleteMultipartUploadAsync(
            new CompleteMultipartUploadRequest { BucketName = options.Bucket, Key = options.Prefix + name, UploadId = upload, PartETags = parts },
            cancellationToken));

    public Task AbortUploadAsync(string name, string upload, CancellationToken cancellationToken) =>
        TryAsync(() => client.AbortMultipartUploadAsync(
            new AbortMultipartUploadRequest { BucketName = options.Bucket, Key = options.Prefix + name, UploadId = upload }, cancellationToken));

    /// <summary>Fills <paramref name="destination"/> from an offset of the object.</summary>
    /// <exception cref="BodyMissingException">There is no such object, or it ends before.</exception>
    public async Task ReadAsync(string name, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        using var answer = await GetAsync(name, new ByteRange(offset, offset + destination.Length - 1), cancellationToken).ConfigureAwait(false);
        if (await answer.ResponseStream.ReadAtLeastAsync(destination, destination.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false)
            < destination.Length)
            throw new BodyMissingException(name);
    }

    /// <summary>The last octets of an object: at most <paramref name="count"/>, fewer when it is shorter.</summary>
    public async Task<byte[]> ReadEndAsync(string name, int count, CancellationToken cancellationToken)
    {
        using var answer = await GetAsync(name, new ByteRange($"bytes=-{count}"), cancellationToken).ConfigureAwait(false);
        using var octets = new MemoryStream();
        await answer.ResponseStream.CopyToAsync(octets, cancellationToken).ConfigureAwait(false);
        return octets.ToArray();
    }

    public async IAsyncEnumerable<BodySegment> ListAsync(
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var request = new ListObjectsV2Request { BucketName = options.Bucket, Prefix = options.Prefix };
        do
        {
            var page = await TryAsync(() => client.ListObjectsV2Async(request, cancellationToken)).ConfigureAwait(false);
            foreach (var found in page.S3Objects ?? [])
                yield return new BodySegment(found.Key[options.Prefix.Length..], found.Size ?? 0, new DateTimeOffset(found.LastModified ?? DateTime.MaxValue.Date));
            request.ContinuationToken = page.NextContinuationToken;
        }
        while (request.ContinuationToken is not null);
    }

    /// <exception cref="IOException">It doesn't answer now.</exception>
    /// <exception cref="InvalidOperationException">It refuses: a setting is wrong.</exception>
    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        try
        {
            await TryAsync(() => client.ListObjectsV2Async(
                new ListObjectsV2Request { BucketName = options.Bucket, Prefix = options.Prefix, MaxKeys = 1 }, cancellationToken)).ConfigureAwait(false);
        }
        catch (IOException failure) when (failure.InnerException is AmazonS3Exception { StatusCode: HttpStatusCode.Forbidden or HttpStatusCode.NotFound } refused)
        {
            throw new InvalidOperationException(
                $"Bodies:S3: the object store refuses the bucket '{options.Bucket}' ({refused.ErrorCode}): {refused.Message}", refused);
        }
    }

    public Task DeleteAsync(string name, CancellationToken cancellationToken) =>
        TryAsync(() => client.DeleteObjectAsync(options.Bucket, options.Prefix + name, cancellationToken));

    public void Dispose() => client.Dispose();

    private async Task<GetObjectResponse> GetAsync(string name, ByteRange range, CancellationToken cancellationToken)
    {
        try
        {
            return await TryAsync(() => client.GetObjectAsync(
                new GetObjectRequest { BucketName = options.Bucket, Key = options.Prefix + name, ByteRange = range }, cancellationToken)).ConfigureAwait(false);
        }
        catch (IOException missing) when (missing.InnerException is AmazonS3Exception { StatusCode: HttpStatusCode.NotFound or HttpStatusCode.RequestedRangeNotSatisfiable })
        {
            throw new BodyMissingException(name);
        }
    }

    /// <summary>The library's many exceptions as the one that callers of a body store know.</summary>
    private async Task<T> TryAsync<T>(Func<Task<T>> request)
    {
        try
        {
            return await breaker.ExecuteAsync(async _ => await request().ConfigureAwait(false)).ConfigureAwait(false);
        }
        catch (BrokenCircuitException open)
        {
            throw new IOException("The object store has failed for some seconds; it is asked again in a moment", open) { HResult = TryAgain };
        }
        catch (Exception failure) when (failure is AmazonServiceException or AmazonClientException or HttpRequestException or TimeoutException)
        {
            throw new IOException("The object store failed: " + failure.Message, failure) { HResult = IsFull(failure) ? NoSpace : TryAgain };
        }
    }

    /// <summary>It does not answer, or says that it can't now: not what it says of one request.</summary>
    private static bool IsAway(Exception failure) => failure switch
    {
        AmazonServiceException told => (told.StatusCode == 0 || told.StatusCode >= HttpStatusCode.InternalServerError) && !IsFull(failure),
        AmazonClientException or HttpRequestException or TimeoutException => true,
        _ => false,
    };

    /// <summary>The store's own quota or disks, as Amazon, Ceph and others say it.</summary>
    private static bool IsFull(Exception failure) => failure is AmazonServiceException refused
        && (refused.StatusCode == HttpStatusCode.InsufficientStorage || refused.ErrorCode is "QuotaExceeded" or "XMinioStorageFull");

    private static MemoryStream Over(ReadOnlyMemory<byte> octets) =>
        MemoryMarshal.TryGetArray(octets, out var array)
            ? new MemoryStream(array.Array!, array.Offset, array.Count, writable: false)
            : new MemoryStream(octets.ToArray(), writable: false);

    // Not for secrecy: it is what the service compares with.
#pragma warning disable CA5351
    private static string Digest(ReadOnlyMemory<byte> octets) => Convert.ToBase64String(MD5.HashData(octets.Span));
#pragma warning restore CA5351
}
