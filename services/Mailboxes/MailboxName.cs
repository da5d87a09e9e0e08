using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Persistence.Databases;

namespace Mailstead.Mailboxes;

/// <summary>A mailbox together with the organization that asks for it: one without the other finds nothing.</summary>
internal readonly record struct MailboxName(Guid OrganizationId, Guid MailboxId)
{
    /// <summary>What a unit of work about it may see.</summary>
    public TenantScope Scope => TenantScope.Of(MailboxId);

    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT: an id is no UUID.</exception>
    public static MailboxName Of(MailboxRef? reference) =>
        reference is not null
        && Guid.TryParse(reference.OrganizationId, out var organization)
        && Guid.TryParse(reference.MailboxId, out var mailbox)
            ? new MailboxName(organization, mailbox)
            : throw Refused.Invalid("mailbox: organization_id and mailbox_id must be UUIDs");

    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT: it is no UUID.</exception>
    public static Guid Folder(string id) =>
        Guid.TryParse(id, out var folder) ? folder : throw Refused.Invalid("folder_id must be a UUID");
}
