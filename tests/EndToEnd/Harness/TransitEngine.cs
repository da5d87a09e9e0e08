using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text.Json;

namespace Mailstead.EndToEnd.Harness;

/// <summary>
/// What Vault's documented HTTP API of the transit secrets engine does with AES-256-GCM keys: create, encrypt, decrypt, config, delete, tokens, and a
/// seal. Vault itself is in no archive that the tests install from.
/// </summary>
internal sealed class TransitEngine : IDisposable
{
    private readonly HttpListener listener = new();
    private readonly ConcurrentDictionary<string, byte[]> keys = [];
    private readonly ConcurrentDictionary<string, bool> deletable = [];

    public TransitEngine(int port)
    {
        Address = $"http://127.0.0.1:{port}";
        listener.Prefixes.Add(Address + "/");
        listener.Start();
        _ = ServeAsync();
    }

    public string Address { get; }

    public string Token { get; set; } = Guid.NewGuid().ToString();

    public bool IsSealed { get; set; }

    public ConcurrentQueue<string> Requests { get; } = [];

    public ICollection<string> Keys => keys.Keys;

    public void Dispose() => listener.Close();

    private async Task ServeAsync()
    {
        while (listener.IsListening)
        {
            try
            {
                var context = await listener.GetContextAsync();
                using var reader = new StreamReader(context.Request.InputStream);
                var (status, body) = Answer(context.Request, await reader.ReadToEndAsync());
                context.Response.StatusCode = status;
                context.Response.ContentType = "application/json";
                if (body is not null)
                    await context.Response.OutputStream.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(body));
                context.Response.Close();
            }
            catch (Exception ended) when (ended is HttpListenerException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private (int Status, object? Body) Answer(HttpListenerRequest request, string body)
    {
        Requests.Enqueue($"{request.HttpMethod} {request.Url!.AbsolutePath}");
        if (IsSealed)
            return Error(503, "Vault is sealed");
        if (request.Headers["X-Vault-Token"] != Token)
            return Error(403, "permission denied");
        var members = body.Length == 0 ? default : JsonDocument.Parse(body).RootElement;
        return request.Url.AbsolutePath.Split('/', StringSplitOptions.RemoveEmptyEntries) switch
        {
            ["v1", "transit", "keys", var name] when request.HttpMethod == "POST" => Create(name, members),
            ["v1", "transit", "keys", var name] when request.HttpMethod == "DELETE" => Delete(name),
            ["v1", "transit", "keys", var name, "config"] => keys.ContainsKey(name) ? Allow(name) : Error(400, "no existing key named " + name + " could be found"),
            ["v1", "transit", "encrypt", var name] => keys.TryGetValue(name, out var key) ? Encrypt(key, members) : Error(400, "encryption key not found"),
            ["v1", "transit", "decrypt", var name] => keys.TryGetValue(name, out var key) ? Decrypt(key, members) : Error(400, "encryption key not found"),
            _ => Error(404, "unsupported path"),
        };
    }

    private (int Status, object? Body) Create(string name, JsonElement members)
    {
        Assert.Equal("aes256-gcm96", members.GetProperty("type").GetString());
        keys.TryAdd(name, RandomNumberGenerator.GetBytes(32));
        return (200, new { data = new { name } });
    }

    private (int Status, object? Body) Allow(string name)
    {
        deletable[name] = true;
        return (200, new { data = new { name } });
    }

    private (int Status, object? Body) Delete(string name) => !deletable.ContainsKey(name)
        ? Error(400, "deletion is not allowed for this key")
        : keys.TryRemove(name, out _) ? (204, null) : Error(400, $"could not delete key; not found");

    private static (int Status, object? Body) Encrypt(byte[] key, JsonElement members)
    {
        var plaintext = members.GetProperty("plaintext").GetBytesFromBase64();
        var blob = new byte[12 + plaintext.Length + 16];
        RandomNumberGenerator.Fill(blob.AsSpan(0, 12));
        using var aes = new AesGcm(key, 16);
        aes.Encrypt(blob.AsSpan(0, 12), plaintext, blob.AsSpan(12, plaintext.Length), blob.AsSpan(^16..), members.GetProperty("associated_data").GetBytesFromBase64());
        return (200, new { data = new { ciphertext = "vault:v1:" + Convert.ToBase64String(blob), key_version = 1 } });
    }

    private static (int Status, object? Body) Decrypt(byte[] key, JsonElement members)
    {
        var text = members.GetProperty("ciphertext").GetString()!;
        if (!text.StartsWith("vault:v1:", StringComparison.Ordinal))
            return Error(400, "invalid ciphertext: no prefix");
        var blob = Convert.FromBase64String(text[9..]);
        var plaintext = new byte[blob.Length - 28];
        using var aes = new AesGcm(key, 16);
        try
        {
            aes.Decrypt(blob.AsSpan(0, 12), blob.AsSpan(12, plaintext.Length), blob.AsSpan(^16..), plaintext, members.GetProperty("associated_data").GetBytesFromBase64());
        }
        catch (CryptographicException)
        {
            return Error(400, "cipher: message authentication failed");
        }

        return (200, new { data = new { plaintext = Convert.ToBase64String(plaintext) } });
    }

    private static (int Status, object? Body) Error(int status, string text) => (status, new { errors = new[] { text } });
}
