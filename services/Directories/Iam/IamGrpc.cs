using Grpc.Core;
using Mailstead.Contracts.Iam.V1;
using Mailstead.Directories.AccessKeys;

namespace Mailstead.Directories.Iam;

/// <summary>The Iam contract: users, groups and roles.</summary>
internal sealed partial class IamGrpc(
    IamWork work, Identities identities, PolicyAttachments policies, AccessKeyTable accessKeys, TimeProvider clock) : Contracts.Iam.V1.Iam.IamBase
{
    private const int PageDefault = 100;

    public override async Task<CreateUserResponse> CreateUser(CreateUserRequest request, ServerCallContext context)
    {
        var made = await work.CreateAsync(IamKind.User, request.UserName, request.Path, "", "", context.CancellationToken);
        return new CreateUserResponse { User = ToUser(made) };
    }

    public override async Task<GetUserResponse> GetUser(GetUserRequest request, ServerCallContext context) =>
        new() { User = ToUser(await work.RequireAsync(IamKind.User, request.UserName, context.CancellationToken)) };

    public override async Task<ListUsersResponse> ListUsers(ListUsersRequest request, ServerCallContext context)
    {
        var (rows, marker) = await work.ListAsync(
            IamKind.User, request.PathPrefix, request.Marker, request.HasMaxItems ? request.MaxItems : PageDefault, context.CancellationToken);
        var response = new ListUsersResponse { Users = { rows.Select(ToUser) }, IsTruncated = marker is not null };
        if (marker is not null)
            response.Marker = marker;
        return response;
    }

    public override async Task<DeleteUserResponse> DeleteUser(DeleteUserRequest request, ServerCallContext context)
    {
        await identities.DeleteAsync(IamKind.User, request.UserName, context.CancellationToken);
        return new DeleteUserResponse();
    }

    public override async Task<CreateGroupResponse> CreateGroup(CreateGroupRequest request, ServerCallContext context)
    {
        var made = await work.CreateAsync(IamKind.Group, request.GroupName, request.Path, "", "", context.CancellationToken);
        return new CreateGroupResponse { Group = ToGroup(made) };
    }

    public override async Task<GetGroupResponse> GetGroup(GetGroupRequest request, ServerCallContext context)
    {
        var group = await work.RequireAsync(IamKind.Group, request.GroupName, context.CancellationToken);
        var members = await identities.MembersAsync(group.Id, context.CancellationToken);
        return new GetGroupResponse { Group = ToGroup(group), Users = { members.Select(ToUser) } };
    }

    public override async Task<ListGroupsResponse> ListGroups(ListGroupsRequest request, ServerCallContext context)
    {
        var (rows, marker) = await work.ListAsync(
            IamKind.Group, request.PathPrefix, request.Marker, request.HasMaxItems ? request.MaxItems : PageDefault, context.CancellationToken);
        var response = new ListGroupsResponse { Groups = { rows.Select(ToGroup) }, IsTruncated = marker is not null };
        if (marker is not null)
            response.Marker = marker;
        return response;
    }

    public override async Task<DeleteGroupResponse> DeleteGroup(DeleteGroupRequest request, ServerCallContext context)
    {
        await identities.DeleteAsync(IamKind.Group, request.GroupName, context.CancellationToken);
        return new DeleteGroupResponse();
    }

    public override async Task<CreateRoleResponse> CreateRole(CreateRoleRequest request, ServerCallContext context) =>
        new() { Role = ToRole(await identities.CreateRoleAsync(request, context.CancellationToken)) };

    public override async Task<UpdateAssumeRolePolicyResponse> UpdateAssumeRolePolicy(UpdateAssumeRolePolicyRequest request, ServerCallContext context)
    {
        await identities.UpdateTrustAsync(request, context.CancellationToken);
        return new UpdateAssumeRolePolicyResponse();
    }

    public override async Task<GetRoleResponse> GetRole(GetRoleRequest request, ServerCallContext context) =>
        new() { Role = ToRole(await work.RequireAsync(IamKind.Role, request.RoleName, context.CancellationToken)) };

    public override async Task<ListRolesResponse> ListRoles(ListRolesRequest request, ServerCallContext context)
    {
        var (rows, marker) = await work.ListAsync(
            IamKind.Role, request.PathPrefix, request.Marker, request.HasMaxItems ? request.MaxItems : PageDefault, context.CancellationToken);
        var response = new ListRolesResponse { Roles = { rows.Select(ToRole) }, IsTruncated = marker is not null };
        if (marker is not null)
            response.Marker = marker;
        return response;
    }

    public override async Task<DeleteRoleResponse> DeleteRole(DeleteRoleRequest request, ServerCallContext context)
    {
        await identities.DeleteAsync(IamKind.Role, request.RoleName, context.CancellationToken);
        return new DeleteRoleResponse();
    }

    public override async Task<AddUserToGroupResponse> AddUserToGroup(AddUserToGroupRequest request, ServerCallContext context)
    {
        await identities.AddToGroupAsync(request.GroupName, request.UserName, context.CancellationToken);
        return new AddUserToGroupResponse();
    }

    public override async Task<RemoveUserFromGroupResponse> RemoveUserFromGroup(RemoveUserFromGroupRequest request, ServerCallContext context)
    {
        await identities.RemoveFromGroupAsync(request.GroupName, request.UserName, context.CancellationToken);
        return new RemoveUserFromGroupResponse();
    }

    public override async Task<ListGroupsForUserResponse> ListGroupsForUser(ListGroupsForUserRequest request, ServerCallContext context) =>
        new() { Groups = { (await identities.GroupsOfAsync(request.UserName, context.CancellationToken)).Select(ToGroup) } };

    private User ToUser(IamIdentity user) => new()
    {
        Path = user.Record.Path,
        UserName = user.Record.Name,
        UserId = user.Record.PublicId,
        Arn = user.Arn(work.AccountId),
        CreateDate = user.Record.CreateDate,
    };

    private Group ToGroup(IamIdentity group) => new()
    {
        Path = group.Record.Path,
        GroupName = group.Record.Name,
        GroupId = group.Record.PublicId,
        Arn = group.Arn(work.AccountId),
        CreateDate = group.Record.CreateDate,
    };

    private Role ToRole(IamIdentity role)
    {
        var made = new Role
        {
            Path = role.Record.Path,
            RoleName = role.Record.Name,
            RoleId = role.Record.PublicId,
            Arn = role.Arn(work.AccountId),
            CreateDate = role.Record.CreateDate,
            AssumeRolePolicyDocument = Uri.EscapeDataString(role.Record.Document),
        };
        if (role.Record.Description.Length > 0)
            made.Description = role.Record.Description;
        return made;
    }
}
