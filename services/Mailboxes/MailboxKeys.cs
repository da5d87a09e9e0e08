using Google.Protobuf;
using Mailstead.Contracts.Keys.V1;
using Mailstead.Persistence.Encryption;

namespace Mailstead.Mailboxes;

/// <summary>Mailbox keys, asked of the key service and kept for at most a minute.</summary>
internal sealed class MailboxKeys(KeysApi.KeysApiClient keys, TimeProvider clock) : IDisposable
{
    private const string Purpose = "mailbox";

    private readonly DataKeyCache cache = new((name, cancellationToken) => FetchAsync(keys, name, cancellationToken), clock);

    /// <exception cref="Grpc.Core.RpcException">FAILED_PRECONDITION while the organization's key is locked.</exception>
    public ValueTask<DataKey> GetAsync(MailboxName mailbox, CancellationToken cancellationToken) =>
        cache.GetAsync(new DataKeyName(Purpose, mailbox.OrganizationId, mailbox.MailboxId), cancellationToken);

    public async Task DestroyAsync(MailboxName mailbox, CancellationToken cancellationToken)
    {
        await keys.DestroyDataKeyAsync(
            new DestroyDataKeyRequest
            {
                Purpose = KeyPurpose.Mailbox,
                OrganizationId = mailbox.OrganizationId.ToString(),
                SubjectId = mailbox.MailboxId.ToString(),
            },
            cancellationToken: cancellationToken);
        cache.Forget(new DataKeyName(Purpose, mailbox.OrganizationId, mailbox.MailboxId));
    }

    public void Dispose() => cache.Dispose();

    private static async Task<byte[]> FetchAsync(KeysApi.KeysApiClient keys, DataKeyName name, CancellationToken cancellationToken)
    {
        var answer = await keys.GetDataKeyAsync(
            new GetDataKeyRequest
            {
                Purpose = KeyPurpose.Mailbox,
                OrganizationId = name.OrganizationId.ToString(),
                SubjectId = name.SubjectId.ToString(),
            },
            cancellationToken: cancellationToken);
        return answer.Key.ToByteArray();
    }
}
