using Mailstead.Contracts.Keys.V1;
using Mailstead.Persistence.Encryption;

namespace Mailstead.Delivery;

/// <summary>Transport keys of organizations, asked of the key service and kept for at most a minute.</summary>
internal sealed class TransportKeys(KeysApi.KeysApiClient keys, TimeProvider clock) : IDisposable
{
    private const string Purpose = "transport";

    private readonly DataKeyCache cache = new((name, cancellationToken) => FetchAsync(keys, name, cancellationToken), clock);

    /// <exception cref="Grpc.Core.RpcException">FAILED_PRECONDITION while the organization's key is locked.</exception>
    public ValueTask<DataKey> GetAsync(Guid organizationId, CancellationToken cancellationToken) =>
        cache.GetAsync(new DataKeyName(Purpose, organizationId, Guid.Empty), cancellationToken);

    public static byte[] SealKey(DataKey transport, Guid bodyId, MessageKey key) => transport.Seal(key.Octets, Context(bodyId));

    public static MessageKey OpenKey(DataKey transport, Guid bodyId, byte[] sealedKey)
    {
        var octets = transport.Open(sealedKey, Context(bodyId));
        var key = MessageKey.From(octets);
        System.Security.Cryptography.CryptographicOperations.ZeroMemory(octets);
        return key;
    }

    public void Dispose() => cache.Dispose();

    private static byte[] Context(Guid bodyId) => [.. "message key"u8, .. bodyId.ToByteArray(bigEndian: true)];

    private static async Task<byte[]> FetchAsync(KeysApi.KeysApiClient keys, DataKeyName name, CancellationToken cancellationToken)
    {
        var answer = await keys.GetDataKeyAsync(
            new GetDataKeyRequest { Purpose = KeyPurpose.Transport, OrganizationId = name.OrganizationId.ToString() },
            cancellationToken: cancellationToken);
        return answer.Key.ToByteArray();
    }
}
