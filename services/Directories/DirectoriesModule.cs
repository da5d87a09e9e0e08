using Mailstead.Contracts.Directories.V1;
using Mailstead.Contracts.Keys.V1;
using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Directories.AccessControl;
using Mailstead.Directories.AccessKeys;
using Mailstead.Directories.Addresses;
using Mailstead.Directories.Aliases;
using Mailstead.Directories.ApiLog;
using Mailstead.Directories.Availability;
using Mailstead.Directories.Credentials;
using Mailstead.Directories.Domains;
using Mailstead.Directories.Entities;
using Mailstead.Directories.Exports;
using Mailstead.Directories.Groups;
using Mailstead.Directories.Iam;
using Mailstead.Directories.IdentityProviders;
using Mailstead.Directories.Impersonation;
using Mailstead.Directories.Mailboxes;
using Mailstead.Directories.MailFlow;
using Mailstead.Directories.MobileDevices;
using Mailstead.Directories.Organizations;
using Mailstead.Directories.Permissions;
using Mailstead.Directories.PersonalAccessTokens;
using Mailstead.Directories.Resources;
using Mailstead.Directories.Retention;
using Mailstead.Directories.Settings;
using Mailstead.Directories.Tags;
using Mailstead.Directories.Users;
using Mailstead.Hosting.Modules;
using Mailstead.Persistence.Backups;
using Mailstead.Persistence.Databases;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Directories;

/// <summary>
/// Organizations and who is in them: domains, users, groups, addresses, passwords, access keys. Everything that a customer named is
/// sealed; blind indexes find it again.
/// </summary>
public sealed class DirectoriesModule : IModule
{
    public string Role => "directories";

    public void Configure(ModuleBuilder module)
    {
        module.AddOptions<DirectoriesOptions, DirectoriesOptionsValidator>("Directories");
        module.BeforeStart("Database:PostgreSql", module.Services.AddDatabase(
            "directories", () => module.Installation.Folder("databases"), typeof(DirectoriesModule).Assembly));
        module.Services.AddSingleton(new BackedUpSchema("directories", typeof(DirectoriesModule).Assembly));
        module.AddGrpcClient(invoker => new KeysApi.KeysApiClient(invoker));
        module.AddGrpcClient(invoker => new MailboxesApi.MailboxesApiClient(invoker));
        module.Services
            .AddSingleton<DirectoryKeys>().AddSingleton<RecipientCache>().AddSingleton<AccessEvents>()
            .AddSingleton<ResolveRecipients>().AddSingleton<FindPostmaster>().AddSingleton<SendingRights>().AddSingleton<ExpandGroup>()
            .AddSingleton<PasswordHash>().AddSingleton<VerifiedPasswords>().AddSingleton<GuessLimits>().AddSingleton<SharedGuesses>().AddSingleton<LoginTurns>()
            .AddSingleton<Authenticate>()
            .AddSingleton<AccessKeyTable>().AddSingleton<IamWork>().AddSingleton<Identities>().AddSingleton<PolicyAttachments>()
            .AddSingleton<Authorize>().AddSingleton<RecordCalls>().AddSingleton<ReadMailPolicy>()
            .AddSingleton<CreateOrganization>().AddSingleton<DeleteOrganization>().AddSingleton<VerifyDomain>()
            .AddSingleton<Resolver>().AddSingleton<RequiredRecords>().AddSingleton<CheckRecords>().AddSingleton<UpdateZone>()
            .AddSingleton<ReadEntities>().AddSingleton<EntityLimit>().AddSingleton<CreateEntity>().AddSingleton<DeleteEntity>().AddSingleton<ChangeMembers>()
            .AddSingleton<OrganizationWork>().AddSingleton<CheckAccess>().AddSingleton<SharedMailboxes>()
            .AddSingleton<DeviceOverrides>().AddSingleton<ProviderTest>().AddSingleton<IdentityApplications>().AddSingleton<AccessTokens>()
            .AddSingleton<UpdateResource>().AddSingleton<ChangeDelegates>()
            .AddSingleton<Registration>().AddSingleton<ReadUsers>().AddSingleton<UpdateUser>().AddSingleton<ResetPassword>();
        AddLoop<CreationLoop>(module);
        AddLoop<AccessChangeLoop>(module);
        AddLoop<DoomedMailboxLoop>(module);
        module.Services.AddHostedService<VerificationLoop>();
        module.Services.AddHostedService<RecordCheckLoop>();
        module.Services.AddHostedService<ForgetCallsLoop>();
        module.AddWitness<DirectoryChangedConsumer>();
        module.AddGrpcService<DirectoriesGrpc>(DirectoriesApi.BindService);
        module.AddGrpcService<OrganizationsGrpc>(Contracts.Admin.V1.Organizations.BindService);
        module.AddGrpcService<DomainsGrpc>(Contracts.Admin.V1.Domains.BindService);
        module.AddGrpcService<MailDomainRecordsGrpc>(Contracts.Admin.V1.MailDomainRecords.BindService);
        module.AddGrpcService<MailFlowGrpc>(Contracts.Admin.V1.MailFlow.BindService);
        module.AddGrpcService<OrganizationConsoleGrpc>(Contracts.Admin.V1.OrganizationConsole.BindService);
        module.AddGrpcService<UsersGrpc>(Contracts.Admin.V1.Users.BindService);
        module.AddGrpcService<GroupsGrpc>(Contracts.Admin.V1.Groups.BindService);
        module.AddGrpcService<ResourcesGrpc>(Contracts.Admin.V1.Resources.BindService);
        module.AddGrpcService<TagsGrpc>(Contracts.Admin.V1.Tags.BindService);
        module.AddGrpcService<AliasesGrpc>(Contracts.Admin.V1.Aliases.BindService);
        module.AddGrpcService<AccessControlGrpc>(Contracts.Admin.V1.AccessControl.BindService);
        module.AddGrpcService<ImpersonationGrpc>(Contracts.Admin.V1.Impersonation.BindService);
        module.AddGrpcService<MailboxPermissionsGrpc>(Contracts.Admin.V1.MailboxPermissions.BindService);
        module.AddGrpcService<IamGrpc>(Contracts.Iam.V1.Iam.BindService);
        module.AddGrpcService<CloudTrailGrpc>(Contracts.CloudTrail.V1.CloudTrail.BindService);
        module.AddGrpcService<RetentionGrpc>(Contracts.Admin.V1.Retention.BindService);
        module.AddGrpcService<OrganizationSettingsGrpc>(Contracts.Admin.V1.OrganizationSettings.BindService);
        module.AddGrpcService<MobileDevicesGrpc>(Contracts.Admin.V1.MobileDevices.BindService);
        module.AddGrpcService<AvailabilityGrpc>(Contracts.Admin.V1.Availability.BindService);
        module.AddGrpcService<MailboxExportsGrpc>(Contracts.Admin.V1.MailboxExports.BindService);
        module.AddGrpcService<IdentityProvidersGrpc>(Contracts.Admin.V1.IdentityProviders.BindService);
        module.AddGrpcService<PersonalAccessTokensGrpc>(Contracts.Admin.V1.PersonalAccessTokens.BindService);
        module.AddGrpcService<MailboxAdministrationGrpc>(Contracts.Admin.V1.MailboxAdministration.BindService);
    }

    /// <summary>A loop that others can wake is one object for both.</summary>
    private static void AddLoop<TLoop>(ModuleBuilder module)
        where TLoop : class, Microsoft.Extensions.Hosting.IHostedService
    {
        module.Services.AddSingleton<TLoop>();
        module.Services.AddHostedService(provider => provider.GetRequiredService<TLoop>());
    }
}
