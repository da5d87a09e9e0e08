using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mailstead.Host.CommandLine;

namespace Mailstead.Host.Administration;

/// <summary>Speaks AWS JSON 1.1 to an installation, signed with an access key (Signature Version 4).</summary>
internal sealed class AdminClient : IDisposable
{
    private const string Algorithm = "AWS4-HMAC-SHA256";
    private const string SignedHeaders = "host;x-amz-date;x-amz-target";

    private readonly HttpClient http;
    private readonly Uri endpoint;
    private readonly Dictionary<string, string> credentials;
    private readonly TimeProvider clock;

    /// <exception cref="SettingException">There are no credentials, or no endpoint.</exception>
    public AdminClient(AdminPlace place, TimeProvider clock)
    {
        this.clock = clock;
        credentials = Read(place);
        var address = place.Endpoint ?? Environment.GetEnvironmentVariable("MAILSTEAD_ENDPOINT") ?? credentials.GetValueOrDefault("endpoint")
            ?? TryRead(FileOf(place))?.GetValueOrDefault("endpoint");
        if (!Uri.TryCreate(address, UriKind.Absolute, out var parsed) || parsed.Scheme is not ("http" or "https"))
            throw new SettingException($"--endpoint is '{address}'; it wants an address such as http://127.0.0.1:10080");
        endpoint = new Uri(parsed, "/");
        http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false });
        http.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("mailstead-admin", "1"));
    }

    /// <exception cref="AdminRefusedException">The installation answered with an error.</exception>
    public async Task<JsonObject> CallAsync(string signingName, string target, JsonObject input)
    {
        var body = Encoding.UTF8.GetBytes(input.ToJsonString());
        using var request = new HttpRequestMessage(HttpMethod.Post, endpoint) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/x-amz-json-1.1");
        Sign(request, signingName, target, body);
        using var answer = await http.SendAsync(request).ConfigureAwait(false);
        var text = await answer.Content.ReadAsStringAsync().ConfigureAwait(false);
        var json = TryParse(text);
        if (answer.IsSuccessStatusCode && json is not null)
            return json;
        throw new AdminRefusedException(
            json?["__type"]?.GetValue<string>() ?? $"Status {(int)answer.StatusCode}", json?["message"]?.GetValue<string>() ?? "The answer is none of an admin API");
    }

    public void Dispose() => http.Dispose();

    private void Sign(HttpRequestMessage request, string service, string target, byte[] body)
    {
        var time = clock.GetUtcNow().ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        var scope = $"{time[..8]}/{credentials.GetValueOrDefault("region", "us-east-1")}/{service}/aws4_request";
        var canonical = $"POST\n/\n\nhost:{endpoint.Authority}\nx-amz-date:{time}\nx-amz-target:{target}\n\n{SignedHeaders}\n{Hash(body)}";
        var key = scope.Split('/').Aggregate(Encoding.UTF8.GetBytes("AWS4" + credentials["secretAccessKey"]), Hmac);
        var signature = Convert.ToHexStringLower(Hmac(key, $"{Algorithm}\n{time}\n{scope}\n{Hash(Encoding.UTF8.GetBytes(canonical))}"));
        request.Headers.Add("X-Amz-Date", time);
        request.Headers.Add("X-Amz-Target", target);
        request.Headers.TryAddWithoutValidation(
            "Authorization", $"{Algorithm} Credential={credentials["accessKeyId"]}/{scope}, SignedHeaders={SignedHeaders}, Signature={signature}");
    }

    private static Dictionary<string, string> Read(AdminPlace place)
    {
        if (place.Credentials is null && Environment.GetEnvironmentVariable("AWS_ACCESS_KEY_ID") is { Length: > 0 } id)
        {
            return new Dictionary<string, string>
            {
                ["accessKeyId"] = id,
                ["secretAccessKey"] = Environment.GetEnvironmentVariable("AWS_SECRET_ACCESS_KEY") ?? "",
                ["region"] = Environment.GetEnvironmentVariable("AWS_REGION") ?? Environment.GetEnvironmentVariable("AWS_DEFAULT_REGION") ?? "us-east-1",
            };
        }

        var path = FileOf(place);
        var read = TryRead(path)
            ?? throw new SettingException(
                $"{path} can't be read: name a file with --credentials, the data directory with --data, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
        return read.ContainsKey("accessKeyId") && read.ContainsKey("secretAccessKey")
            ? read
            : throw new SettingException($"{path} has no accessKeyId and secretAccessKey");
    }

    private static string FileOf(AdminPlace place) => place.Credentials ?? Path.Combine(place.Data, "admin-credentials.json");

    private static Dictionary<string, string>? TryRead(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<Dictionary<string, string>>(File.ReadAllText(path));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    private static JsonObject? TryParse(string text)
    {
        try
        {
            return JsonNode.Parse(text) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static byte[] Hmac(byte[] key, string text) => HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text));

    private static string Hash(byte[] octets) => Convert.ToHexStringLower(SHA256.HashData(octets));
}

/// <summary>An error as the admin API tells it.</summary>
internal sealed class AdminRefusedException(string type, string message) : Exception($"{type}: {message}");
