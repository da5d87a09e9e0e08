using Grpc.Core;
using Mailstead.Contracts.Admin.V1;
using Mailstead.Directories.Entities;
using Mailstead.Directories.Organizations;
using Mailstead.Persistence.Databases;
using Mailstead.Persistence.Encryption;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Directories.Groups;

/// <summary>The Groups contract.</summary>
internal sealed class GroupsGrpc(
    [FromKeyedServices("directories")] Database database, DirectoryKeys keys, ReadEntities read, CreateEntity create, DeleteEntity delete,
    ChangeMembers members) : Contracts.Admin.V1.Groups.GroupsBase
{
    public override async Task<CreateGroupResponse> CreateGroup(CreateGroupRequest request, ServerCallContext context)
    {
        var record = new EntityRecord { Name = request.Name, IsHidden = request.HiddenFromGlobalAddressList };
        var id = await create.RunAsync(request.OrganizationId, EntityKind.Group, record, null, context.CancellationToken);
        return new CreateGroupResponse { GroupId = id.ToString() };
    }

    public override async Task<DeleteGroupResponse> DeleteGroup(DeleteGroupRequest request, ServerCallContext context)
    {
        await delete.RunAsync(request.OrganizationId, request.GroupId, EntityKind.Group, context.CancellationToken);
        return new DeleteGroupResponse();
    }

    public override async Task<AssociateMemberToGroupResponse> AssociateMemberToGroup(
        AssociateMemberToGroupRequest request, ServerCallContext context)
    {
        await members.AddAsync(request.OrganizationId, request.GroupId, request.MemberId, context.CancellationToken);
        return new AssociateMemberToGroupResponse();
    }

    public override async Task<DisassociateMemberFromGroupResponse> DisassociateMemberFromGroup(
        DisassociateMemberFromGroupRequest request, ServerCallContext context)
    {
        await members.RemoveAsync(request.OrganizationId, request.GroupId, request.MemberId, context.CancellationToken);
        return new DisassociateMemberFromGroupResponse();
    }

    public override async Task<DescribeGroupResponse> DescribeGroup(DescribeGroupRequest request, ServerCallContext context)
    {
        var (group, record, email) = await read.DescribeAsync(request.OrganizationId, request.GroupId, EntityKind.Group, context.CancellationToken);
        var response = new DescribeGroupResponse
        {
            GroupId = group.PublicId,
            Name = record.Name,
            State = group.PublicState,
            EnabledDate = group.EnabledDate,
            DisabledDate = group.DisabledDate,
            HiddenFromGlobalAddressList = record.IsHidden,
        };
        if (email.Length > 0)
            response.Email = email;
        return response;
    }

    public override async Task<ListGroupsResponse> ListGroups(ListGroupsRequest request, ServerCallContext context)
    {
        var filters = request.Filters ?? new ListGroupsFilters();
        var page = await read.ListAsync(
            request.OrganizationId, EntityKind.Group, request.NextToken, PageToken.Count(request.HasMaxResults, request.MaxResults),
            found => found.Matches(filters.NamePrefix, filters.PrimaryEmailPrefix, filters.HasState ? filters.State : null) ? ToGroup(found) : null,
            context.CancellationToken);
        var response = new ListGroupsResponse();
        response.Groups.AddRange(page.Rows);
        if (page.NextToken is { } next)
            response.NextToken = next;
        return response;
    }

    public override async Task<ListGroupMembersResponse> ListGroupMembers(ListGroupMembersRequest request, ServerCallContext context)
    {
        var after = PageToken.Read(request.NextToken);
        var count = PageToken.Count(request.HasMaxResults, request.MaxResults);
        var (organizationId, group) = await read.FindAsync(request.OrganizationId, request.GroupId, EntityKind.Group, context.CancellationToken);
        var rows = await database.ReadAsync(
            TenantScope.Of(organizationId),
            transaction => MemberTable.ListAsync(transaction, organizationId, group.EntityId, after, count + 1), context.CancellationToken);
        using var key = await keys.OrganizationAsync(organizationId, context.CancellationToken);
        var response = new ListGroupMembersResponse();
        foreach (var entity in rows.Take(count))
            response.Members.Add(ToMember(key, entity));
        if (rows.Count > count)
            response.NextToken = PageToken.Write(rows[count - 1].EntityId);
        return response;
    }

    public override async Task<UpdateGroupResponse> UpdateGroup(UpdateGroupRequest request, ServerCallContext context)
    {
        using var installation = await keys.InstallationAsync(context.CancellationToken);
        var (organizationId, _) = await read.FindAsync(request.OrganizationId, request.GroupId, EntityKind.Group, context.CancellationToken);
        using var key = await keys.OrganizationAsync(organizationId, context.CancellationToken);
        await database.WriteAsync(
            Organization.ScopeOf(request.OrganizationId),
            async transaction =>
            {
                var (_, group) = await EntityLookup.RequireAsync(
                    transaction, installation, request.OrganizationId, request.GroupId, EntityKind.Group);
                var record = EntityRecord.Open(key, group.EntityId, group.Sealed);
                var changed = record with { IsHidden = request.HasHiddenFromGlobalAddressList ? request.HiddenFromGlobalAddressList : record.IsHidden };
                return await EntityTable.UpdateAsync(transaction, organizationId, group.EntityId, changed.Seal(key, group.EntityId));
            },
            context.CancellationToken);
        return new UpdateGroupResponse();
    }

    public override async Task<ListGroupsForEntityResponse> ListGroupsForEntity(ListGroupsForEntityRequest request, ServerCallContext context)
    {
        var after = PageToken.Read(request.NextToken);
        var count = PageToken.Count(request.HasMaxResults, request.MaxResults);
        var (organizationId, member) = await read.FindAsync(request.OrganizationId, request.EntityId, null, context.CancellationToken);
        using var key = await keys.OrganizationAsync(organizationId, context.CancellationToken);
        var page = await EntityPage.ReadAsync(
            database, organizationId, after, count,
            (transaction, from, rows) => MemberTable.ListGroupsAsync(transaction, organizationId, member.EntityId, from, rows),
            (_, group) => ValueTask.FromResult(ToIdentifier(key, group, request.Filters?.GroupNamePrefix ?? "")), context.CancellationToken);
        var response = new ListGroupsForEntityResponse();
        response.Groups.AddRange(page.Rows);
        if (page.NextToken is { } next)
            response.NextToken = next;
        return response;
    }

    private static GroupIdentifier? ToIdentifier(DataKey key, Entity group, string prefix)
    {
        var name = EntityRecord.Open(key, group.EntityId, group.Sealed).Name;
        return name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)
            ? new GroupIdentifier { GroupId = group.PublicId, GroupName = name }
            : null;
    }

    private static Member ToMember(DataKey key, Entity entity) => new()
    {
        Id = entity.EntityId.ToString(),
        Name = EntityRecord.Open(key, entity.EntityId, entity.Sealed).Name,
        Type = entity.PublicMemberType,
        State = entity.PublicState,
        EnabledDate = entity.EnabledDate,
        DisabledDate = entity.DisabledDate,
    };

    private static Group ToGroup(DescribedEntity found)
    {
        var group = new Group
        {
            Id = found.Entity.PublicId,
            Name = found.Record.Name,
            State = found.Entity.PublicState,
            EnabledDate = found.Entity.EnabledDate,
            DisabledDate = found.Entity.DisabledDate,
        };
        if (found.Email.Length > 0)
            group.Email = found.Email;
        return group;
    }
}
