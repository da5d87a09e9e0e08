using Mailstead.Contracts.Admin.V1;
using Mailstead.Contracts.Directories.V1;
using Mailstead.Directories.AccessControl;
using Mailstead.Directories.Organizations;
using Mailstead.Directories.Settings;

namespace Mailstead.Directories.Impersonation;

/// <summary>An organization's impersonation roles: none at first.</summary>
internal static class ImpersonationRoles
{
    public static readonly Setting<StoredImpersonationRoles> Setting =
        new(SettingKind.ImpersonationRoles, StoredImpersonationRoles.Parser, _ => new StoredImpersonationRoles());

    public static async ValueTask<GetImpersonationRoleResponse> RequireAsync(OrganizationUnit unit, string id) =>
        Require(await Setting.ReadAsync(unit), id);

    /// <exception cref="Grpc.Core.RpcException">ResourceNotFoundException.</exception>
    public static GetImpersonationRoleResponse Require(StoredImpersonationRoles all, string id) =>
        all.Roles.FirstOrDefault(role => role.ImpersonationRoleId == id)
        ?? throw AdminError.ResourceNotFound($"The impersonation role {id} does not exist in this organization");

    /// <summary>May the role act for this user? A rule that names nobody is about everybody.</summary>
    public static Verdict<ImpersonationRule> Judge(GetImpersonationRoleResponse role, string userId) => Verdict.Of(
        role.Rules,
        rule => (rule.TargetUsers.Count == 0 || rule.TargetUsers.Contains(userId)) && !rule.NotTargetUsers.Contains(userId),
        rule => rule.Effect);
}
