using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Grpc.Core;

namespace Mailstead.Keys.Providers;

/// <summary>
/// Keys in the transit secrets engine of HashiCorp Vault or OpenBao, over its HTTP API. The encryption context is the associated data of AES-256-GCM.
/// </summary>
internal sealed class VaultProvider(KeyMaterials materials, RootKey root, KeysOptions options)
    : RemoteKeyProvider(ProviderName, materials, root), IDisposable
{
    public const string ProviderName = "vault";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Vault's answers to what is asked here are a few hundred octets.</summary>
    private const int AnswerMax = 64 * 1024;

    private readonly Lazy<HttpClient> client = new(() => new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false })
    {
        BaseAddress = new Uri(options.VaultAddress.TrimEnd('/') + "/v1/"),
        Timeout = Patience,
        MaxResponseContentBufferSize = AnswerMax,
    });

    public void Dispose()
    {
        if (client.IsValueCreated)
            client.Value.Dispose();
    }

    protected override async Task<string> CreateKeyAsync(Guid keyId, CancellationToken cancellationToken)
    {
        // A name of its own for each version: what is rotated, and when, is decided here.
        var name = $"mailstead-{keyId}-{Guid.CreateVersion7():N}";
        await AskAsync(HttpMethod.Post, $"keys/{name}", new() { Type = "aes256-gcm96" }, cancellationToken);
        return name;
    }

    protected override async Task<byte[]> SealAsync(RemoteKey key, byte[] plaintext, EncryptionContext context, CancellationToken cancellationToken)
    {
        var answer = await AskAsync(
            HttpMethod.Post, $"encrypt/{key.Name}", new() { Plaintext = plaintext, AssociatedData = context.ToOctets(key.KeyId) }, cancellationToken);
        return Encoding.ASCII.GetBytes(answer?.Ciphertext ?? throw Unreadable());
    }

    protected override async Task<byte[]> OpenAsync(RemoteKey key, byte[] ciphertext, EncryptionContext context, CancellationToken cancellationToken)
    {
        var question = new Question { Ciphertext = Encoding.ASCII.GetString(ciphertext), AssociatedData = context.ToOctets(key.KeyId) };
        var answer = await AskAsync(HttpMethod.Post, $"decrypt/{key.Name}", question, cancellationToken);
        return answer?.Plaintext ?? throw Unreadable();
    }

    protected override async Task DeleteKeyAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            await AskAsync(HttpMethod.Post, $"keys/{name}/config", new() { DeletionAllowed = true }, cancellationToken);
            await AskAsync(HttpMethod.Delete, $"keys/{name}", null, cancellationToken);
        }
        catch (KeyProviderException gone) when (gone.InnerException is VaultException { IsAbsence: true })
        {
            // An earlier round, or somebody there, has done it.
        }
    }

    private async Task<Answer?> AskAsync(HttpMethod method, string path, Question? question, CancellationToken cancellationToken)
    {
        try
        {
            using var request = new HttpRequestMessage(method, $"{options.VaultMount}/{path}");
            request.Headers.TryAddWithoutValidation("X-Vault-Request", "true");
            request.Headers.TryAddWithoutValidation("X-Vault-Token", await TokenAsync(cancellationToken));
            if (options.VaultNamespace.Length > 0)
                request.Headers.TryAddWithoutValidation("X-Vault-Namespace", options.VaultNamespace);
            if (question is not null)
                request.Content = JsonContent.Create(question);
            using var response = await client.Value.SendAsync(request, cancellationToken);
            if (!response.IsSuccessStatusCode)
                throw await RefusalAsync(response, cancellationToken);
            return response.StatusCode == HttpStatusCode.NoContent
                ? null
                : (await response.Content.ReadFromJsonAsync<Envelope>(cancellationToken))?.Data;
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException or UnauthorizedAccessException or JsonException
            || failure is OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            throw new KeyProviderException(StatusCode.Unavailable, $"Vault can't be asked now: {failure.Message}", failure);
        }
    }

    /// <summary>The file is read for each question: Vault Agent writes a new token into it before the old one ends.</summary>
    private async Task<string> TokenAsync(CancellationToken cancellationToken) => options.VaultTokenFile.Length > 0
        ? (await File.ReadAllTextAsync(options.VaultTokenFile, cancellationToken)).Trim()
        : options.VaultToken;

    private static async Task<Exception> RefusalAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var text = string.Join("; ", await ErrorsAsync(response, cancellationToken));
        var reason = new VaultException((int)response.StatusCode, text);
        // The only 400 that tells of the ciphertext and not of the key; Vault has no code for it.
        if (response.StatusCode == HttpStatusCode.BadRequest
            && (text.Contains("message authentication failed", StringComparison.Ordinal) || text.Contains("invalid ciphertext", StringComparison.Ordinal)))
            return new CryptographicException("Vault does not open the ciphertext", reason);
        return response.StatusCode is HttpStatusCode.BadRequest or HttpStatusCode.Forbidden or HttpStatusCode.NotFound or HttpStatusCode.Unauthorized
            ? new KeyProviderException(StatusCode.FailedPrecondition, $"Vault refuses the use of the key ({(int)response.StatusCode}): {text}", reason)
            : new KeyProviderException(StatusCode.Unavailable, $"Vault can't be asked now ({(int)response.StatusCode}): {text}", reason);
    }

    private static async Task<IReadOnlyList<string>> ErrorsAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        try
        {
            return (await response.Content.ReadFromJsonAsync<Envelope>(cancellationToken))?.Errors ?? [];
        }
        catch (JsonException)
        {
            return [response.ReasonPhrase ?? ""];
        }
    }

    private static KeyProviderException Unreadable() => new(StatusCode.Unavailable, "Vault answered without what was asked for: is Keys:VaultMount a transit engine?");

    private sealed class VaultException(int status, string errors) : Exception($"{status}: {errors}")
    {
        public bool IsAbsence => status == (int)HttpStatusCode.NotFound
            || errors.Contains("no existing key named", StringComparison.Ordinal) || errors.Contains("not found", StringComparison.Ordinal);
    }

    private sealed class Question
    {
        [JsonPropertyName("type"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public string? Type { get; init; }

        [JsonPropertyName("plaintext"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public byte[]? Plaintext { get; init; }

        [JsonPropertyName("ciphertext"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public string? Ciphertext { get; init; }

        [JsonPropertyName("associated_data"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public byte[]? AssociatedData { get; init; }

        [JsonPropertyName("deletion_allowed"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public bool? DeletionAllowed { get; init; }
    }

    private sealed record Envelope([property: JsonPropertyName("data")] Answer? Data, [property: JsonPropertyName("errors")] IReadOnlyList<string>? Errors);

    private sealed record Answer([property: JsonPropertyName("ciphertext")] string? Ciphertext, [property: JsonPropertyName("plaintext")] byte[]? Plaintext);
}
