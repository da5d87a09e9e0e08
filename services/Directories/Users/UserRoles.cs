using Mailstead.Contracts.Admin.V1;
using Mailstead.Directories.Entities;

namespace Mailstead.Directories.Users;

/// <summary>Roles as records keep them: the public API's words.</summary>
internal static class UserRoles
{
    /// <exception cref="Grpc.Core.RpcException">InvalidParameterException: a role that can't be given.</exception>
    public static string ToRecord(UserRole.Types.Value role) => role switch
    {
        UserRole.Types.Value.User => "USER",
        UserRole.Types.Value.RemoteUser => "REMOTE_USER",
        _ => throw AdminError.InvalidParameter("Role: USER or REMOTE_USER can be given"),
    };

    public static UserRole.Types.Value Of(EntityRecord record) => record.Role switch
    {
        "REMOTE_USER" => UserRole.Types.Value.RemoteUser,
        "SYSTEM_USER" => UserRole.Types.Value.SystemUser,
        "RESOURCE" => UserRole.Types.Value.Resource,
        _ => UserRole.Types.Value.User,
    };
}
