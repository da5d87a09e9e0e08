using Grpc.Core;
using Mailstead.Contracts.Admin.V1;
using Mailstead.Directories.Entities;
using Mailstead.Directories.Organizations;
using Mailstead.Directories.Users;
using Permission = Mailstead.Contracts.Admin.V1.PermissionType.Types.Value;

namespace Mailstead.Directories.Permissions;

/// <summary>The MailboxPermissions contract. Who had rights and has others is told, sessions in the mailbox included.</summary>
internal sealed class MailboxPermissionsGrpc(OrganizationWork work, AccessEvents events, TimeProvider clock)
    : MailboxPermissions.MailboxPermissionsBase
{
    /// <summary>No value at all takes the permissions away.</summary>
    public override async Task<PutMailboxPermissionsResponse> PutMailboxPermissions(PutMailboxPermissionsRequest request, ServerCallContext context)
    {
        var rights = request.PermissionValues.Aggregate(MailboxRights.None, (sum, value) => sum | ToRights(value));
        await ChangeAsync(
            request.OrganizationId, request.EntityId, request.GranteeId,
            (unit, owner, grantee) =>
            {
                Check(owner, grantee, rights);
                return rights == MailboxRights.None
                    ? PermissionTable.DeleteAsync(unit.Transaction, unit.Id, owner.EntityId, grantee.EntityId)
                    : PermissionTable.PutAsync(unit.Transaction, unit.Id, owner.EntityId, grantee.EntityId, rights);
            },
            context.CancellationToken);
        return new PutMailboxPermissionsResponse();
    }

    public override async Task<DeleteMailboxPermissionsResponse> DeleteMailboxPermissions(
        DeleteMailboxPermissionsRequest request, ServerCallContext context)
    {
        await ChangeAsync(
            request.OrganizationId, request.EntityId, request.GranteeId,
            (unit, owner, grantee) => PermissionTable.DeleteAsync(unit.Transaction, unit.Id, owner.EntityId, grantee.EntityId),
            context.CancellationToken);
        return new DeleteMailboxPermissionsResponse();
    }

    public override async Task<ListMailboxPermissionsResponse> ListMailboxPermissions(
        ListMailboxPermissionsRequest request, ServerCallContext context)
    {
        var after = PageToken.Read(request.NextToken);
        var count = PageToken.Count(request.HasMaxResults, request.MaxResults);
        var rows = await work.ReadAsync(
            request.OrganizationId,
            async unit => await PermissionTable.ListAsync(
                unit.Transaction, unit.Id, (await unit.RequireAsync(request.EntityId)).EntityId, after, count + 1),
            context.CancellationToken);
        var response = new ListMailboxPermissionsResponse();
        foreach (var (grantee, rights) in rows.Take(count))
        {
            response.Permissions.Add(new Contracts.Admin.V1.Permission
            {
                GranteeId = grantee.PublicId,
                GranteeType = grantee.PublicMemberType,
                PermissionValues = { ToValues(rights) },
            });
        }

        if (rows.Count > count)
            response.NextToken = PageToken.Write(rows[count - 1].Grantee.EntityId);
        return response;
    }

    private async Task ChangeAsync(
        string organizationId, string ownerName, string granteeName, Func<OrganizationUnit, Entity, Entity, ValueTask<int>> change,
        CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        var (id, granteeId) = await work.WriteAsync(
            organizationId,
            async unit =>
            {
                var owner = await unit.RequireAsync(ownerName);
                var grantee = await unit.RequireAsync(granteeName);
                await change(unit, owner, grantee);
                await AccessChanges.AddAsync(unit.Transaction, unit.Id, grantee.EntityId, now);
                return (unit.Id, grantee.EntityId);
            },
            cancellationToken);
        events.UserAccessChanged(id, granteeId, now);
    }

    private static void Check(Entity owner, Entity grantee, MailboxRights rights)
    {
        if (owner.EntityId == grantee.EntityId)
            throw AdminError.InvalidParameter("GranteeId: nobody needs permissions in the own mailbox");
        if (grantee.Kind == EntityKind.Resource)
            throw AdminError.InvalidParameter("GranteeId: permissions are given to users and groups, a resource can't have any");
        if (rights.HasFlag(MailboxRights.FullAccess) && owner.Kind == EntityKind.Group)
            throw AdminError.InvalidParameter("PermissionValues: a group has no mailbox to which FULL_ACCESS could be given");
        if (rights.HasFlag(MailboxRights.FullAccess) && grantee.Kind == EntityKind.Group)
            throw AdminError.InvalidParameter("PermissionValues: FULL_ACCESS is given to users, not to groups");
        if (!owner.IsEnabled || !grantee.IsEnabled)
            throw AdminError.EntityState($"{(owner.IsEnabled ? "The grantee" : "The owner")} is disabled: enable it with RegisterToWorkMail first");
    }

    private static MailboxRights ToRights(Permission value) => value switch
    {
        Permission.FullAccess => MailboxRights.FullAccess,
        Permission.SendAs => MailboxRights.SendAs,
        Permission.SendOnBehalf => MailboxRights.SendOnBehalf,
        _ => MailboxRights.None,
    };

    private static IEnumerable<Permission> ToValues(MailboxRights rights) =>
        new[] { Permission.FullAccess, Permission.SendAs, Permission.SendOnBehalf }.Where(value => rights.HasFlag(ToRights(value)));
}
