using Mailstead.Contracts.Delivery.V1;
using Mailstead.Contracts.Keys.V1;
using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Hosting.Modules;
using Mailstead.Mailboxes.Backups;
using Mailstead.Mailboxes.Bodies;
using Mailstead.Mailboxes.Changes;
using Mailstead.Mailboxes.Flags;
using Mailstead.Mailboxes.Folders;
using Mailstead.Mailboxes.Items;
using Mailstead.Mailboxes.Properties;
using Mailstead.Mailboxes.Quota;
using Mailstead.Mailboxes.Search;
using Mailstead.Persistence.Backups;
using Mailstead.Persistence.Bodies;
using Mailstead.Persistence.Databases;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Mailboxes;

/// <summary>
/// Folders, items and their change log, every protocol's one store. An item is a small row that points to a shared, encrypted
/// body; every change takes the mailbox's next modseq and leaves a trace.
/// </summary>
public sealed class MailboxesModule : IModule
{
    public string Role => "mailboxes";

    public void Configure(ModuleBuilder module)
    {
        module.AddOptions<MailboxesOptions, MailboxesOptionsValidator>("Mailboxes");
        module.BeforeStart("Database:PostgreSql", module.Services.AddDatabase(
            "mailboxes", () => module.Installation.Folder("databases"), typeof(MailboxesModule).Assembly));
        module.BeforeStart("Bodies:S3", module.Services.AddBodyStore(module.Configuration, () => module.Installation.Folder("bodies")));
        module.AddGrpcClient(invoker => new KeysApi.KeysApiClient(invoker));
        module.AddGrpcClient(invoker => new DeliveryApi.DeliveryApiClient(invoker));
        module.Services
            .AddSingleton<MailboxKeys>().AddSingleton<InboxFolders>().AddSingleton<FolderIndexCache>().AddSingleton<WatchHub>()
            .AddSingleton<CreateMailbox>().AddSingleton<DeleteMailbox>().AddSingleton<MailboxQuota>()
            .AddSingleton<ListFolders>().AddSingleton<CreateFolder>().AddSingleton<RenameFolder>().AddSingleton<DeleteFolder>()
            .AddSingleton<SubscribeFolder>()
            .AddSingleton<Deliver>().AddSingleton<Append>().AddSingleton<CopyItems>().AddSingleton<Expunge>()
            .AddSingleton<StoreFlags>().AddSingleton<OpenFolder>().AddSingleton<GetChanges>().AddSingleton<ReadIndex>()
            .AddSingleton<FetchItems>().AddSingleton<SearchFolder>().AddSingleton<WatchMailboxes>()
            .AddSingleton<GetProperties>().AddSingleton<SetProperties>();
        module.Services
            .AddSingleton(MailboxTables.Backup).AddSingleton<IBodyHold, BackupHold>().AddSingleton<DeadSegments>()
            .AddSingleton<RestoreMailbox>().AddSingleton<RestoreItems>();
        module.Services.AddHostedService<BackupAgeLoop>();
        module.Services.AddHostedService<CollectLoop>();
        module.Services.AddHostedService<WatchLoop>();
        module.AddGrpcService<MailboxesGrpc>(MailboxesApi.BindService);
    }
}
