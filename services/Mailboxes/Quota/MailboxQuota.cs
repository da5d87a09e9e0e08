using System.Data.Common;
using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Persistence.Databases;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Mailboxes.Quota;

/// <summary>How much a mailbox holds and may hold.</summary>
internal sealed class MailboxQuota([FromKeyedServices("mailboxes")] Database database)
{
    private static readonly Statement Find = new(
        """
        SELECT quota_bytes, used_bytes, highest_modseq, item_count
          FROM mailboxes
         WHERE mailbox_id = @mailbox_id
           AND organization_id = @organization_id
        """);

    private static readonly Statement Update = new(
        """
        UPDATE mailboxes
           SET quota_bytes = @quota_bytes
         WHERE mailbox_id = @mailbox_id
           AND organization_id = @organization_id
        """);

    public async Task<GetMailboxResponse> GetAsync(MailboxName mailbox, CancellationToken cancellationToken) =>
        await database.ReadAsync(
            mailbox.Scope,
            transaction => transaction.FindAsync(Find, Read, mailbox.MailboxId, mailbox.OrganizationId), cancellationToken)
        ?? throw Refused.NoMailbox();

    public async Task SetAsync(MailboxName mailbox, long quotaBytes, CancellationToken cancellationToken)
    {
        if (quotaBytes <= 0)
            throw Refused.Invalid("quota_bytes must be positive");
        var found = await database.WriteAsync(
            mailbox.Scope,
            transaction => transaction.ExecuteAsync(Update, quotaBytes, mailbox.MailboxId, mailbox.OrganizationId), cancellationToken);
        if (found == 0)
            throw Refused.NoMailbox();
    }

    private static GetMailboxResponse Read(DbDataReader reader) => new()
    {
        QuotaBytes = reader.GetInt64(0),
        UsedBytes = reader.GetInt64(1),
        HighestModseq = reader.GetInt64(2),
        ItemCount = reader.GetInt64(3),
    };
}
