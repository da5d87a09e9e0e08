using Grpc.Core;
using Mailstead.Contracts.Admin.V1;
using Mailstead.Contracts.Directories.V1;
using Mailstead.Stores.Harness;
using Effect = Mailstead.Contracts.Admin.V1.AccessEffect.Types.Value;

namespace Mailstead.Stores.Directories;

/// <summary>Rules, roles, permissions, jobs and tokens: asked of one organization about another's users and records.</summary>
public sealed class SettingIsolationTests(Installations installations)
{
    [Theory, OnBothDatabases]
    public async Task Nothing_of_another_organization_can_be_named_told_or_taken_away(DatabaseKind kind)
    {
        var installation = await installations.SharedAsync(kind);
        var (mine, theirs) = (await Tenant.CreateAsync(installation), await Tenant.CreateAsync(installation));
        var (me, victim) = (await mine.CreateEnabledUserAsync("me"), await theirs.CreateEnabledUserAsync("victim"));
        var friend = await theirs.CreateEnabledUserAsync("friend");
        var calls = new Faces(installation.Calls);
        var role = (await calls.Roles.CreateImpersonationRoleAsync(new CreateImpersonationRoleRequest { OrganizationId = theirs.Id, Name = "r", Type = ImpersonationRoleType.Types.Value.ReadOnly })).ImpersonationRoleId;
        var rule = (await calls.Devices.CreateMobileDeviceAccessRuleAsync(new CreateMobileDeviceAccessRuleRequest { OrganizationId = theirs.Id, Name = "d", Effect = Effect.Allow })).MobileDeviceAccessRuleId;
        var job = (await calls.Exports.StartMailboxExportJobAsync(new StartMailboxExportJobRequest { OrganizationId = theirs.Id, EntityId = victim, ClientToken = "t", S3Prefix = "x" })).JobId;
        await calls.Devices.PutMobileDeviceAccessOverrideAsync(new PutMobileDeviceAccessOverrideRequest { OrganizationId = theirs.Id, UserId = victim, DeviceId = "A", Effect = Effect.Deny });
        await calls.Permissions.PutMailboxPermissionsAsync(new PutMailboxPermissionsRequest
        {
            OrganizationId = theirs.Id,
            EntityId = victim,
            GranteeId = friend,
            PermissionValues = { PermissionType.Types.Value.FullAccess },
        });

        Func<Task>[] refused =
        [
            async () => await calls.Rules.PutAccessControlRuleAsync(new PutAccessControlRuleRequest { OrganizationId = mine.Id, Name = "x", Effect = Effect.Deny, UserIds = { victim } }),
            async () => await calls.Rules.PutAccessControlRuleAsync(new PutAccessControlRuleRequest { OrganizationId = mine.Id, Name = "x", Effect = Effect.Deny, NotUserIds = { victim } }),
            async () => await calls.Rules.PutAccessControlRuleAsync(new PutAccessControlRuleRequest { OrganizationId = mine.Id, Name = "x", Effect = Effect.Deny, ImpersonationRoleIds = { role } }),
            async () => await calls.Rules.GetAccessControlEffectAsync(new GetAccessControlEffectRequest { OrganizationId = mine.Id, IpAddress = "192.0.2.1", Action = "IMAP", UserId = victim }),
            async () => await calls.Rules.GetAccessControlEffectAsync(new GetAccessControlEffectRequest { OrganizationId = mine.Id, IpAddress = "192.0.2.1", Action = "EWS", ImpersonationRoleId = role }),
            async () => await calls.Roles.CreateImpersonationRoleAsync(new CreateImpersonationRoleRequest { OrganizationId = mine.Id, Name = "x", Rules = { new ImpersonationRule { TargetUsers = { victim } } } }),
            async () => await calls.Roles.UpdateImpersonationRoleAsync(new UpdateImpersonationRoleRequest { OrganizationId = mine.Id, ImpersonationRoleId = role, Name = "x" }),
            async () => await calls.Roles.GetImpersonationRoleAsync(new GetImpersonationRoleRequest { OrganizationId = mine.Id, ImpersonationRoleId = role }),
            async () => await calls.Roles.GetImpersonationRoleEffectAsync(new GetImpersonationRoleEffectRequest { OrganizationId = mine.Id, ImpersonationRoleId = role, TargetUser = me }),
            async () => await calls.Roles.AssumeImpersonationRoleAsync(new AssumeImpersonationRoleRequest { OrganizationId = mine.Id, ImpersonationRoleId = role }),
            async () => await calls.Devices.UpdateMobileDeviceAccessRuleAsync(new UpdateMobileDeviceAccessRuleRequest { OrganizationId = mine.Id, MobileDeviceAccessRuleId = rule, Name = "x", Effect = Effect.Deny }),
            async () => await calls.Devices.PutMobileDeviceAccessOverrideAsync(new PutMobileDeviceAccessOverrideRequest { OrganizationId = mine.Id, UserId = victim, DeviceId = "A", Effect = Effect.Allow }),
            async () => await calls.Devices.GetMobileDeviceAccessOverrideAsync(new GetMobileDeviceAccessOverrideRequest { OrganizationId = mine.Id, UserId = victim, DeviceId = "A" }),
            async () => await calls.Devices.GetMobileDeviceAccessOverrideAsync(new GetMobileDeviceAccessOverrideRequest { OrganizationId = mine.Id, UserId = me, DeviceId = "A" }),
            async () => await calls.Devices.ListMobileDeviceAccessOverridesAsync(new ListMobileDeviceAccessOverridesRequest { OrganizationId = mine.Id, UserId = victim }),
            async () => await calls.Devices.DeleteMobileDeviceAccessOverrideAsync(new DeleteMobileDeviceAccessOverrideRequest { OrganizationId = mine.Id, UserId = victim, DeviceId = "A" }),
            async () => await calls.Exports.StartMailboxExportJobAsync(new StartMailboxExportJobRequest { OrganizationId = mine.Id, EntityId = victim, ClientToken = "t", S3Prefix = "x" }),
            async () => await calls.Exports.DescribeMailboxExportJobAsync(new DescribeMailboxExportJobRequest { OrganizationId = mine.Id, JobId = job }),
            async () => await calls.Exports.CancelMailboxExportJobAsync(new CancelMailboxExportJobRequest { OrganizationId = mine.Id, JobId = job, ClientToken = "t" }),
            async () => await calls.Permissions.PutMailboxPermissionsAsync(new PutMailboxPermissionsRequest { OrganizationId = mine.Id, EntityId = victim, GranteeId = me, PermissionValues = { PermissionType.Types.Value.SendAs } }),
            async () => await calls.Permissions.PutMailboxPermissionsAsync(new PutMailboxPermissionsRequest { OrganizationId = mine.Id, EntityId = me, GranteeId = victim, PermissionValues = { PermissionType.Types.Value.SendAs } }),
            async () => await calls.Permissions.DeleteMailboxPermissionsAsync(new DeleteMailboxPermissionsRequest { OrganizationId = mine.Id, EntityId = victim, GranteeId = friend }),
            async () => await calls.Permissions.ListMailboxPermissionsAsync(new ListMailboxPermissionsRequest { OrganizationId = mine.Id, EntityId = victim }),
            async () => await calls.Providers.ListPersonalAccessTokensAsync(new ListPersonalAccessTokensRequest { OrganizationId = mine.Id, UserId = victim }),
        ];
        for (var i = 0; i < refused.Length; i++)
        {
            var failure = await Record.ExceptionAsync(refused[i]);
            Assert.True(failure is RpcException { StatusCode: StatusCode.NotFound }, $"{i}: {failure?.Message ?? "done"}");
        }

        // What is deleted by an id that is none of ours is done already, and there as before.
        await calls.Roles.DeleteImpersonationRoleAsync(new DeleteImpersonationRoleRequest { OrganizationId = mine.Id, ImpersonationRoleId = role });
        await calls.Devices.DeleteMobileDeviceAccessRuleAsync(new DeleteMobileDeviceAccessRuleRequest { OrganizationId = mine.Id, MobileDeviceAccessRuleId = rule });
        Assert.Equal("r", (await calls.Roles.GetImpersonationRoleAsync(new GetImpersonationRoleRequest { OrganizationId = theirs.Id, ImpersonationRoleId = role })).Name);
        Assert.Contains((await calls.Devices.ListMobileDeviceAccessRulesAsync(new ListMobileDeviceAccessRulesRequest { OrganizationId = theirs.Id })).Rules, one => one.MobileDeviceAccessRuleId == rule);
        Assert.Equal(MailboxExportJobState.Types.Value.Running, (await calls.Exports.DescribeMailboxExportJobAsync(new DescribeMailboxExportJobRequest { OrganizationId = theirs.Id, JobId = job })).State);
        Assert.Empty((await calls.Exports.ListMailboxExportJobsAsync(new ListMailboxExportJobsRequest { OrganizationId = mine.Id })).Jobs);
        Assert.Empty((await calls.Devices.ListMobileDeviceAccessOverridesAsync(new ListMobileDeviceAccessOverridesRequest { OrganizationId = mine.Id })).Overrides);
        Assert.Single((await installation.Directories.ListSharedMailboxesAsync(new ListSharedMailboxesRequest { OrganizationId = theirs.Key.ToString(), UserId = friend })).Mailboxes);
        Assert.Empty((await installation.Directories.ListSharedMailboxesAsync(new ListSharedMailboxesRequest { OrganizationId = mine.Key.ToString(), UserId = friend })).Mailboxes);
        var rights = await installation.Directories.GetSendingRightsAsync(
            new GetSendingRightsRequest { OrganizationId = mine.Key.ToString(), UserId = friend, Addresses = { $"victim@{theirs.Domain}" } });
        Assert.Equal([SendingRight.NoRight], rights.Rights);
    }

    [Theory, OnBothDatabases]
    public async Task Who_is_deleted_takes_permissions_overrides_and_jobs_along(DatabaseKind kind)
    {
        var installation = await installations.SharedAsync(kind);
        var tenant = await Tenant.CreateAsync(installation);
        var (owner, leaving) = (await tenant.CreateEnabledUserAsync("owner"), await tenant.CreateEnabledUserAsync("leaving"));
        var calls = new Faces(installation.Calls);
        await calls.Permissions.PutMailboxPermissionsAsync(new PutMailboxPermissionsRequest
        {
            OrganizationId = tenant.Id,
            EntityId = owner,
            GranteeId = leaving,
            PermissionValues = { PermissionType.Types.Value.SendAs },
        });
        await calls.Devices.PutMobileDeviceAccessOverrideAsync(new PutMobileDeviceAccessOverrideRequest { OrganizationId = tenant.Id, UserId = leaving, DeviceId = "A", Effect = Effect.Deny });
        await calls.Devices.PutMobileDeviceAccessOverrideAsync(new PutMobileDeviceAccessOverrideRequest { OrganizationId = tenant.Id, UserId = owner, DeviceId = "A", Effect = Effect.Deny });

        await tenant.Users.DeregisterFromWorkMailAsync(new DeregisterFromWorkMailRequest { OrganizationId = tenant.Id, EntityId = leaving });
        await tenant.Users.DeleteUserAsync(new DeleteUserRequest { OrganizationId = tenant.Id, UserId = leaving });

        Assert.Empty((await calls.Permissions.ListMailboxPermissionsAsync(new ListMailboxPermissionsRequest { OrganizationId = tenant.Id, EntityId = owner })).Permissions);
        var left = Assert.Single((await calls.Devices.ListMobileDeviceAccessOverridesAsync(new ListMobileDeviceAccessOverridesRequest { OrganizationId = tenant.Id })).Overrides);
        Assert.Equal(owner, left.UserId);
    }

    private sealed class Faces(CallInvoker calls)
    {
        public AccessControl.AccessControlClient Rules { get; } = new(calls);

        public Impersonation.ImpersonationClient Roles { get; } = new(calls);

        public MobileDevices.MobileDevicesClient Devices { get; } = new(calls);

        public MailboxExports.MailboxExportsClient Exports { get; } = new(calls);

        public MailboxPermissions.MailboxPermissionsClient Permissions { get; } = new(calls);

        public IdentityProviders.IdentityProvidersClient Providers { get; } = new(calls);
    }
}
