using Google.Protobuf.Reflection;
using Mailstead.Contracts.Admin.V1;
using Mailstead.Contracts.Delivery.V1;
using Mailstead.Contracts.Directories.V1;
using Mailstead.Contracts.Keys.V1;
using Mailstead.Contracts.Mailboxes.V1;

namespace Mailstead.Contracts;

/// <summary>Every gRPC service there is.</summary>
public static class ServiceCatalogue
{
    /// <summary>The administrative operations: what the faces of the admin API offer.</summary>
    public static readonly IReadOnlyList<ServiceDescriptor> Administration =
    [
        OrganizationsReflection.Descriptor.Services[0],
        DomainsReflection.Descriptor.Services[0],
        DomainRecordsReflection.Descriptor.Services[0],
        MailFlowReflection.Descriptor.Services[0],
        MessageFlowReflection.Descriptor.Services[0],
        OrganizationConsoleReflection.Descriptor.Services[0],
        UsersReflection.Descriptor.Services[0],
        GroupsReflection.Descriptor.Services[0],
        ResourcesReflection.Descriptor.Services[0],
        AliasesReflection.Descriptor.Services[0],
        TagsReflection.Descriptor.Services[0],
        MailboxAdministrationReflection.Descriptor.Services[0],
        MailboxPermissionsReflection.Descriptor.Services[0],
        AccessControlReflection.Descriptor.Services[0],
        ImpersonationReflection.Descriptor.Services[0],
        RetentionReflection.Descriptor.Services[0],
        OrganizationSettingsReflection.Descriptor.Services[0],
        MobileDevicesReflection.Descriptor.Services[0],
        AvailabilityReflection.Descriptor.Services[0],
        ExportsReflection.Descriptor.Services[0],
        IdentityProvidersReflection.Descriptor.Services[0],
        PersonalAccessTokensReflection.Descriptor.Services[0],
        Iam.V1.Iam.Descriptor,
        CloudTrail.V1.CloudTrail.Descriptor,
        Kms.V1.Kms.Descriptor,
    ];

    public static readonly IReadOnlyList<ServiceDescriptor> All =
    [
        KeysApi.Descriptor, DirectoriesApi.Descriptor, MailboxesApi.Descriptor, DeliveryApi.Descriptor, .. Administration,
    ];
}
