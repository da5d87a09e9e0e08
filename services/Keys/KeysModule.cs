using Mailstead.Contracts.Directories.V1;
using Mailstead.Contracts.Keys.V1;
using Mailstead.Hosting.Modules;
using Mailstead.Keys.Aliases;
using Mailstead.Keys.CustomerKeys;
using Mailstead.Keys.DataKeys;
using Mailstead.Keys.Grants;
using Mailstead.Keys.Kms;
using Mailstead.Keys.OrganizationKeys;
using Mailstead.Keys.Providers;
using Mailstead.Persistence.Backups;
using Mailstead.Persistence.Databases;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Keys;

/// <summary>
/// Customer master keys, the grants to use them, and the data keys that they wrap. Other core services ask it for a data key and
/// keep it for at most a minute; what wraps it never leaves this service. Administrators see the keys as AWS KMS shows them (<see cref="KmsGrpc"/>).
/// </summary>
public sealed class KeysModule : IModule
{
    public string Role => "keys";

    public void Configure(ModuleBuilder module)
    {
        module.AddOptions<KeysOptions, KeysOptionsValidator>("Keys");
        module.BeforeStart("Database:PostgreSql", module.Services.AddDatabase(
            "keys", () => module.Installation.Folder("databases"), typeof(KeysModule).Assembly));
        module.Services.AddSingleton<RootKey>().AddSingleton<OpenRootKey>();
        module.Services.AddSingleton<KeyMaterials>().AddSingleton<KeyProviders>().AddSingleton<Pkcs11Token>()
            .AddSingleton<IKeyProvider, LocalKeyProvider>().AddSingleton<IKeyProvider, AwsKmsProvider>()
            .AddSingleton<IKeyProvider, VaultProvider>().AddSingleton<IKeyProvider, Pkcs11Provider>();
        module.BeforeStart("Database:PostgreSql", (provider, stopping) => provider.GetRequiredService<OpenRootKey>().RunAsync(stopping));
        module.Services.AddSingleton<BackedUpRootKey>().AddSingleton(provider => new BackedUpSchema("keys", typeof(KeysModule).Assembly)
        {
            CheckAsync = provider.GetRequiredService<BackedUpRootKey>().CheckAsync,
        });
        module.AddCallLog();
        module.AddGrpcClient(invoker => new DirectoriesApi.DirectoriesApiClient(invoker));
        module.Services
            .AddSingleton<CustomerKeyTable>().AddSingleton<AliasTable>().AddSingleton<GrantTable>()
            .AddSingleton<KeyPolicies>().AddSingleton<KeyAccess>().AddSingleton<KmsWork>().AddSingleton<KeyUseLog>()
            .AddSingleton<RotateKey>().AddSingleton<RewrapDataKeys>().AddSingleton<DeleteKey>();
        module.Services.AddHostedService<KeyCareLoop>();
        module.Services.AddSingleton<FindOrganizationKey>().AddSingleton<CreateOrganizationKey>();
        module.Services.AddSingleton<GetDataKey>().AddSingleton<DestroyDataKey>();
        module.AddGrpcService<KeysGrpc>(KeysApi.BindService);
        module.AddGrpcService<KmsGrpc>(Contracts.Kms.V1.Kms.BindService);
    }
}
