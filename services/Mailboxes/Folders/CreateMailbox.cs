using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Persistence.Databases;
using Mailstead.Persistence.Encryption;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Mailboxes.Folders;

/// <summary>Makes a mailbox with its special folders, all or nothing. Done before, it is done.</summary>
internal sealed class CreateMailbox([FromKeyedServices("mailboxes")] Database database, MailboxKeys keys, TimeProvider clock)
{
    private static readonly Statement Insert = new(
        """
        INSERT INTO mailboxes (mailbox_id, organization_id, quota_bytes, used_bytes, highest_modseq, item_count, created_at)
        VALUES (@mailbox_id, @organization_id, @quota_bytes, 0, 1, 0, @created_at)
        ON CONFLICT (mailbox_id) DO NOTHING
        """);

    public async Task<CreateMailboxResponse> RunAsync(CreateMailboxRequest request, CancellationToken cancellationToken)
    {
        var mailbox = MailboxName.Of(request.Mailbox);
        if (request.QuotaBytes <= 0)
            throw Refused.Invalid("quota_bytes must be positive");
        using var key = await keys.GetAsync(mailbox, cancellationToken);
        await database.WriteAsync(
            mailbox.Scope, transaction => CreateAsync(transaction, mailbox, key, request.QuotaBytes), cancellationToken);
        return new CreateMailboxResponse();
    }

    private async ValueTask<bool> CreateAsync(Transaction transaction, MailboxName mailbox, DataKey key, long quota)
    {
        var now = clock.GetUtcNow();
        if (await transaction.ExecuteAsync(Insert, mailbox.MailboxId, mailbox.OrganizationId, quota, now.ToUnixTimeMilliseconds()) == 0)
        {
            await FolderQueries.RequireMailboxAsync(transaction, mailbox);
            return false;
        }

        foreach (var (role, name, containerClass) in FolderNames.Special)
        {
            var folder = new NewFolder(Guid.CreateVersion7(now), Guid.Empty, role, containerClass, name);
            await folder.InsertAsync(transaction, mailbox, key, now, modSeq: 1);
        }

        return true;
    }
}
