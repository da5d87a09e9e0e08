using Mailstead.Contracts.Directories.V1;
using Mailstead.Directories.Addresses;
using Mailstead.Directories.Entities;
using Mailstead.Persistence.Databases;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Directories.Groups;

/// <summary>Everyone whom a group reaches, through groups in it too, each once; loops end where they began.</summary>
internal sealed class ExpandGroup([FromKeyedServices("directories")] Database database, DirectoryKeys keys)
{
    private const int MembersAtOnce = 1000;

    public async Task<ExpandGroupResponse> RunAsync(ExpandGroupRequest request, CancellationToken cancellationToken)
    {
        if (!Guid.TryParse(request.OrganizationId, out var organizationId) || !Guid.TryParse(request.GroupId, out var groupId))
            throw AdminError.InvalidParameter("organization_id and group_id must be UUIDs");
        var response = new ExpandGroupResponse();
        var seen = new HashSet<Guid> { groupId };
        var groups = new Queue<Guid>([groupId]);
        while (groups.TryDequeue(out var group))
        {
            for (var after = Guid.Empty; ;)
            {
                var from = after;
                var members = await database.ReadAsync(
                    TenantScope.Of(organizationId),
                    transaction => MemberTable.ListAsync(transaction, organizationId, group, from, MembersAtOnce), cancellationToken);
                foreach (var member in members.Where(member => seen.Add(member.EntityId) && member.IsEnabled))
                {
                    if (member.Kind == EntityKind.Group)
                        groups.Enqueue(member.EntityId);
                    else
                        response.Members.Add(await DescribeAsync(organizationId, member, cancellationToken));
                }

                if (members.Count < MembersAtOnce)
                    break;
                after = members[^1].EntityId;
            }
        }

        return response;
    }

    private async Task<Recipient> DescribeAsync(Guid organizationId, Entity member, CancellationToken cancellationToken)
    {
        var recipient = new Recipient { OrganizationId = organizationId.ToString() };
        await RecipientDetails.FillAsync(database, keys, recipient, organizationId, member, cancellationToken);
        recipient.Address = recipient.PrimaryAddress;
        return recipient;
    }
}
