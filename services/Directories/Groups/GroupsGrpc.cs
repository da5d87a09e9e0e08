using Grpc.Core;
using Mailstead.Contracts.Admin.V1;
using Mailstead.Directories.Addresses;
using Mailstead.Directories.Entities;
using Mailstead.Directories.Organizations;
using Mailstead.Persistence.Databases;
using Mailstead.Persistence.Encryption;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Directories.Groups;

/// <summary>The Groups contract.</summary>
internal sealed class GroupsGrpc(
    [FromKeyedServices("directories")] Database database, DirectoryKeys keys, CreateEntity create, DeleteEntity delete,
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
        using var installation = await keys.InstallationAsync(context.CancellationToken);
        var (organizationId, group) = await database.ReadAsync(
            Organization.ScopeOf(request.OrganizationId),
            transaction => EntityLookup.RequireAsync(transaction, installation, request.OrganizationId, request.GroupId, EntityKind.Group),
            context.CancellationToken);
        using var key = await keys.OrganizationAsync(organizationId, context.CancellationToken);
        var email = await database.ReadAsync(
            Organization.ScopeOf(request.OrganizationId),
            transaction => AddressTable.PrimaryAsync(transaction, key, organizationId, group), context.CancellationToken);
        var record = EntityRecord.Open(key, group.EntityId, group.Sealed);
        var response = new DescribeGroupResponse
        {
            GroupId = group.EntityId.ToString(),
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
        var organization = await database.ReadAsync(
            Organization.ScopeOf(request.OrganizationId),
            transaction => OrganizationTable.RequireActiveAsync(transaction, request.OrganizationId), context.CancellationToken);
        using var key = await keys.OrganizationAsync(organization.OrganizationId, context.CancellationToken);
        var page = await EntityPage.ReadAsync(
            database, organization.OrganizationId, EntityKind.Group, PageToken.Read(request.NextToken),
            PageToken.Count(request.HasMaxResults, request.MaxResults),
            (transaction, entity) => ToGroupAsync(transaction, key, organization.OrganizationId, entity, request.Filters),
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
        using var installation = await keys.InstallationAsync(context.CancellationToken);
        var (organizationId, rows) = await database.ReadAsync(
            Organization.ScopeOf(request.OrganizationId),
            async transaction =>
            {
                var (id, group) = await EntityLookup.RequireAsync(
                    transaction, installation, request.OrganizationId, request.GroupId, EntityKind.Group);
                return (id, await MemberTable.ListAsync(transaction, id, group.EntityId, after, count + 1));
            },
            context.CancellationToken);
        using var key = await keys.OrganizationAsync(organizationId, context.CancellationToken);
        var response = new ListGroupMembersResponse();
        foreach (var entity in rows.Take(count))
            response.Members.Add(ToMember(key, entity));
        if (rows.Count > count)
            response.NextToken = PageToken.Write(rows[count - 1].EntityId);
        return response;
    }

    private static Member ToMember(DataKey key, Entity entity) => new()
    {
        Id = entity.EntityId.ToString(),
        Name = EntityRecord.Open(key, entity.EntityId, entity.Sealed).Name,
        Type = entity.Kind == EntityKind.Group ? MemberType.Types.Value.Group : MemberType.Types.Value.User,
        State = entity.PublicState,
        EnabledDate = entity.EnabledDate,
        DisabledDate = entity.DisabledDate,
    };

    private static async ValueTask<Group?> ToGroupAsync(
        Transaction transaction, DataKey key, Guid organizationId, Entity entity, ListGroupsFilters? filters)
    {
        var record = EntityRecord.Open(key, entity.EntityId, entity.Sealed);
        var email = await AddressTable.PrimaryAsync(transaction, key, organizationId, entity);
        if (filters is not null && !(record.Name.StartsWith(filters.NamePrefix, StringComparison.OrdinalIgnoreCase)
                && email.StartsWith(filters.PrimaryEmailPrefix, StringComparison.OrdinalIgnoreCase)
                && (!filters.HasState || filters.State == entity.PublicState)))
            return null;
        var group = new Group
        {
            Id = entity.EntityId.ToString(),
            Name = record.Name,
            State = entity.PublicState,
            EnabledDate = entity.EnabledDate,
            DisabledDate = entity.DisabledDate,
        };
        if (email.Length > 0)
            group.Email = email;
        return group;
    }
}
