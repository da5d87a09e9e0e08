using System.Text;
using Grpc.Core;
using Mailstead.Contracts.Keys.V1;
using Mailstead.Persistence.Encryption;

namespace Mailstead.Directories;

/// <summary>The keys that directory records are sealed with, asked of the key service and kept for at most a minute.</summary>
internal sealed class DirectoryKeys(KeysApi.KeysApiClient keys, TimeProvider clock) : IDisposable
{
    private const string Installation = "installation";
    private const string Directory = "directory";

    private readonly DataKeyCache cache = new((name, cancellationToken) => FetchAsync(keys, name, cancellationToken), clock);

    /// <summary>For what is looked up before its organization is known: aliases, domains, addresses, access keys.</summary>
    public ValueTask<DataKey> InstallationAsync(CancellationToken cancellationToken) =>
        cache.GetAsync(new DataKeyName(Installation, Guid.Empty, Guid.Empty), cancellationToken);

    /// <exception cref="RpcException">FAILED_PRECONDITION, OrganizationStateException, while the organization's key is locked.</exception>
    public ValueTask<DataKey> OrganizationAsync(Guid organizationId, CancellationToken cancellationToken) =>
        cache.GetAsync(new DataKeyName(Directory, organizationId, Guid.Empty), cancellationToken);

    public void Dispose() => cache.Dispose();

    /// <summary>What a sealed record is bound to: its kind and id.</summary>
    public static byte[] Context(string kind, Guid id) => [.. Encoding.ASCII.GetBytes(kind), .. id.ToByteArray(bigEndian: true)];

    private static async Task<byte[]> FetchAsync(KeysApi.KeysApiClient keys, DataKeyName name, CancellationToken cancellationToken)
    {
        var request = name.Purpose == Installation
            ? new GetDataKeyRequest { Purpose = KeyPurpose.Installation }
            : new GetDataKeyRequest { Purpose = KeyPurpose.Directory, OrganizationId = name.OrganizationId.ToString() };
        try
        {
            var answer = await keys.GetDataKeyAsync(request, cancellationToken: cancellationToken);
            return answer.Key.ToByteArray();
        }
        catch (RpcException locked) when (locked.StatusCode == StatusCode.FailedPrecondition)
        {
            // Administrators have to read it: they, or whoever has the key, can change it.
            throw AdminError.OrganizationLocked(locked.Status.Detail);
        }
    }
}
