using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Mailstead.Benchmarks.Targets;

/// <summary>One operation of the admin API as the AWS tools send it: AWS JSON 1.1 under Signature Version 4.</summary>
internal sealed class SignedCall(HttpClient http, JsonElement credentials)
{
    private const string Service = "workmail";

    public async Task<JsonElement> SendAsync(string operation, object members, CancellationToken cancellationToken)
    {
        var body = JsonSerializer.Serialize(members);
        var time = DateTime.UtcNow.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        var address = http.BaseAddress ?? throw new InvalidOperationException("The client needs a base address");
        var scope = $"{time[..8]}/{credentials.GetProperty("region").GetString()}/{Service}/aws4_request";
        var target = $"WorkMailService.{operation}";
        const string signedHeaders = "host;x-amz-date;x-amz-target";
        var canonical = $"POST\n/\n\nhost:{address.Authority}\nx-amz-date:{time}\nx-amz-target:{target}\n\n{signedHeaders}\n{Hash(body)}";
        var signature = Convert.ToHexStringLower(Sign(Key(scope), $"AWS4-HMAC-SHA256\n{time}\n{scope}\n{Hash(canonical)}"));

        using var request = new HttpRequestMessage(HttpMethod.Post, "/");
        request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        request.Content.Headers.TryAddWithoutValidation("Content-Type", "application/x-amz-json-1.1");
        request.Headers.Add("X-Amz-Date", time);
        request.Headers.Add("X-Amz-Target", target);
        request.Headers.TryAddWithoutValidation(
            "Authorization",
            $"AWS4-HMAC-SHA256 Credential={credentials.GetProperty("accessKeyId").GetString()}/{scope}, SignedHeaders={signedHeaders}, Signature={signature}");
        using var answer = await http.SendAsync(request, cancellationToken);
        var text = await answer.Content.ReadAsStringAsync(cancellationToken);
        if (!answer.IsSuccessStatusCode)
            throw new InvalidOperationException($"{operation}: {(int)answer.StatusCode} {text}");
        return JsonDocument.Parse(text.Length == 0 ? "{}" : text).RootElement.Clone();
    }

    private byte[] Key(string scope) =>
        scope.Split('/').Aggregate(
            Encoding.ASCII.GetBytes("AWS4" + credentials.GetProperty("secretAccessKey").GetString()), Sign);

    private static byte[] Sign(byte[] key, string text) => HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text));

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
