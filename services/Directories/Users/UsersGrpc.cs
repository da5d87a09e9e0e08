using Grpc.Core;
using Mailstead.Contracts.Admin.V1;
using Mailstead.Directories.Entities;

namespace Mailstead.Directories.Users;

/// <summary>The Users contract; groups are registered through it too.</summary>
internal sealed class UsersGrpc(
    CreateEntity create, DeleteEntity delete, Registration registration, ReadUsers read, UpdateUser update, ResetPassword reset)
    : Contracts.Admin.V1.Users.UsersBase
{
    public override async Task<CreateUserResponse> CreateUser(CreateUserRequest request, ServerCallContext context)
    {
        var record = new EntityRecord
        {
            Name = request.Name,
            DisplayName = request.DisplayName,
            Role = UserRoles.ToRecord(request.HasRole ? request.Role : UserRole.Types.Value.User),
            FirstName = request.HasFirstName ? request.FirstName : null,
            LastName = request.HasLastName ? request.LastName : null,
            IsHidden = request.HiddenFromGlobalAddressList,
        };
        var id = await create.RunAsync(
            request.OrganizationId, EntityKind.User, record, request.HasPassword ? request.Password : null, context.CancellationToken);
        return new CreateUserResponse { UserId = id.ToString() };
    }

    public override Task<DescribeUserResponse> DescribeUser(DescribeUserRequest request, ServerCallContext context) =>
        read.DescribeAsync(request, context.CancellationToken);

    public override Task<DescribeEntityResponse> DescribeEntity(DescribeEntityRequest request, ServerCallContext context) =>
        read.DescribeEntityAsync(request, context.CancellationToken);

    public override Task<ListUsersResponse> ListUsers(ListUsersRequest request, ServerCallContext context) =>
        read.ListAsync(request, context.CancellationToken);

    public override Task<UpdateUserResponse> UpdateUser(UpdateUserRequest request, ServerCallContext context) =>
        update.RunAsync(request, context.CancellationToken);

    public override async Task<DeleteUserResponse> DeleteUser(DeleteUserRequest request, ServerCallContext context)
    {
        await delete.RunAsync(request.OrganizationId, request.UserId, EntityKind.User, context.CancellationToken);
        return new DeleteUserResponse();
    }

    public override Task<ResetPasswordResponse> ResetPassword(ResetPasswordRequest request, ServerCallContext context) =>
        reset.RunAsync(request, context.CancellationToken);

    public override async Task<RegisterToWorkMailResponse> RegisterToWorkMail(RegisterToWorkMailRequest request, ServerCallContext context)
    {
        await registration.RegisterAsync(request.OrganizationId, request.EntityId, request.Email, context.CancellationToken);
        return new RegisterToWorkMailResponse();
    }

    public override async Task<DeregisterFromWorkMailResponse> DeregisterFromWorkMail(
        DeregisterFromWorkMailRequest request, ServerCallContext context)
    {
        await registration.DeregisterAsync(request.OrganizationId, request.EntityId, context.CancellationToken);
        return new DeregisterFromWorkMailResponse();
    }

    public override async Task<UpdatePrimaryEmailAddressResponse> UpdatePrimaryEmailAddress(
        UpdatePrimaryEmailAddressRequest request, ServerCallContext context)
    {
        await registration.ChangePrimaryAsync(request.OrganizationId, request.EntityId, request.Email, context.CancellationToken);
        return new UpdatePrimaryEmailAddressResponse();
    }
}
