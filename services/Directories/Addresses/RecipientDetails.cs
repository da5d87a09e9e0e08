using Mailstead.Contracts.Directories.V1;
using Mailstead.Directories.Entities;
using Mailstead.Persistence.Databases;

namespace Mailstead.Directories.Addresses;

/// <summary>Fills in what is known of an enabled entity.</summary>
internal static class RecipientDetails
{
    public static async Task FillAsync(
        Database database, DirectoryKeys keys, Recipient recipient, Guid organizationId, Entity entity, CancellationToken cancellationToken)
    {
        using var key = await keys.OrganizationAsync(organizationId, cancellationToken);
        recipient.EntityId = entity.EntityId.ToString();
        recipient.PrimaryAddress = await database.ReadAsync(
            TenantScope.Of(organizationId),
            transaction => AddressTable.PrimaryAsync(transaction, key, organizationId, entity), cancellationToken);
        if (entity.Kind == EntityKind.Group)
        {
            recipient.Kind = RecipientKind.Group;
            return;
        }

        var isRemote = EntityRecord.Open(key, entity.EntityId, entity.Sealed).Role == "REMOTE_USER";
        recipient.Kind = isRemote ? RecipientKind.RemoteUser : RecipientKind.Mailbox;
        if (!isRemote)
            recipient.MailboxId = entity.EntityId.ToString();
    }
}
