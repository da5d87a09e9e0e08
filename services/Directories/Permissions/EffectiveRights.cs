using Mailstead.Directories.Groups;
using Mailstead.Persistence.Databases;

namespace Mailstead.Directories.Permissions;

/// <summary>What a user may do with another's mailbox: what was given to the user, and to groups that the user is in, through others too.</summary>
internal static class EffectiveRights
{
    public static async ValueTask<MailboxRights> OfAsync(Transaction transaction, Guid organizationId, Guid ownerId, Guid userId)
    {
        var rights = await PermissionTable.FindAsync(transaction, organizationId, ownerId, userId);
        var groups = await PermissionTable.ListGroupsAsync(transaction, organizationId, ownerId);
        if (groups.Count == 0)
            return rights;
        var own = await ContainingAsync(transaction, organizationId, userId);
        return groups.Where(group => own.Contains(group.GroupId)).Aggregate(rights, (sum, group) => sum | group.Rights);
    }

    /// <summary>Every enabled group that a user is in, upwards, each once; loops end where they began.</summary>
    private static async ValueTask<HashSet<Guid>> ContainingAsync(Transaction transaction, Guid organizationId, Guid userId)
    {
        var found = new HashSet<Guid>();
        var members = new Queue<Guid>([userId]);
        while (members.TryDequeue(out var member))
        {
            foreach (var group in await MemberTable.ListGroupsAsync(transaction, organizationId, member, Guid.Empty, int.MaxValue))
            {
                if (group.IsEnabled && found.Add(group.EntityId))
                    members.Enqueue(group.EntityId);
            }
        }

        return found;
    }
}
