using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Amazon.Runtime;
using Amazon.Runtime.Credentials;

namespace Mailstead.Delivery.Functions;

/// <summary>
/// AWS Lambda, or whatever speaks its Invoke operation at <see cref="DeliveryOptions.LambdaEndpoint"/>. Requests are signed (Signature Version 4) with the
/// access key of the settings, or the one that the AWS SDK finds.
/// </summary>
internal sealed class LambdaTarget(DeliveryOptions options, TimeProvider clock) : IDisposable
{
    private const string Algorithm = "AWS4-HMAC-SHA256";

    private readonly HttpClient client = new(new SocketsHttpHandler { AllowAutoRedirect = false }) { Timeout = Timeout.InfiniteTimeSpan };
    private readonly Lazy<AWSCredentials> found = new(() => DefaultAWSCredentialsIdentityResolver.GetCredentials());

    /// <exception cref="FunctionFailedException">It has refused, or the function failed.</exception>
    public async Task<byte[]> InvokeAsync(FunctionRequest request, CancellationToken cancellationToken)
    {
        var region = request.Target.Split(':')[3];
        var endpoint = options.LambdaEndpoint.Length > 0 ? options.LambdaEndpoint.TrimEnd('/') : $"https://lambda.{region}.amazonaws.com";
        var path = $"/2015-03-31/functions/{Uri.EscapeDataString(request.Target)}/invocations";
        using var post = new HttpRequestMessage(HttpMethod.Post, new Uri(endpoint + path)) { Content = new ByteArrayContent(request.Event) };
        post.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        post.Headers.Add("X-Amz-Invocation-Type", request.IsSynchronous ? "RequestResponse" : "Event");
        await SignAsync(post, path, region, request.Event);
        using var response = await client.SendAsync(post, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (!response.IsSuccessStatusCode)
            throw new FunctionFailedException($"Lambda answered with status {(int)response.StatusCode}");
        if (response.Headers.TryGetValues("X-Amz-Function-Error", out var kind))
            throw new FunctionFailedException($"The function failed: {string.Join(' ', kind)}");
        return await FunctionTargets.ReadAnswerAsync(response, cancellationToken);
    }

    public void Dispose() => client.Dispose();

    private async Task SignAsync(HttpRequestMessage post, string path, string region, byte[] body)
    {
        var credentials = await CredentialsAsync();
        var time = clock.GetUtcNow().ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        var scope = $"{time[..8]}/{region}/lambda/aws4_request";
        post.Headers.Add("X-Amz-Date", time);
        if (credentials.UseToken)
            post.Headers.Add("X-Amz-Security-Token", credentials.Token);
        var token = credentials.UseToken ? $"x-amz-security-token:{credentials.Token}\n" : "";
        var names = credentials.UseToken ? "host;x-amz-date;x-amz-security-token" : "host;x-amz-date";
        // Of every service but S3 the path is encoded once more.
        var canonicalPath = string.Join('/', path.Split('/').Select(Uri.EscapeDataString));
        var canonical = $"POST\n{canonicalPath}\n\nhost:{post.RequestUri!.Authority}\nx-amz-date:{time}\n{token}\n{names}\n{Hash(body)}";
        var key = scope.Split('/').Aggregate(Encoding.UTF8.GetBytes("AWS4" + credentials.SecretKey), Hmac);
        var signature = Convert.ToHexStringLower(Hmac(key, $"{Algorithm}\n{time}\n{scope}\n{Hash(Encoding.UTF8.GetBytes(canonical))}"));
        post.Headers.TryAddWithoutValidation(
            "Authorization", $"{Algorithm} Credential={credentials.AccessKey}/{scope}, SignedHeaders={names}, Signature={signature}");
    }

    private async Task<ImmutableCredentials> CredentialsAsync()
    {
        if (options.LambdaAccessKeyId.Length > 0)
            return new ImmutableCredentials(options.LambdaAccessKeyId, options.LambdaSecretAccessKey, null);
        try
        {
            return await found.Value.GetCredentialsAsync();
        }
        catch (AmazonClientException none)
        {
            throw new FunctionFailedException("There is no access key for Lambda: set Delivery:LambdaAccessKeyId", none);
        }
    }

    private static string Hash(byte[] octets) => Convert.ToHexStringLower(SHA256.HashData(octets));

    private static byte[] Hmac(byte[] key, string text) => HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text));
}
