using Mailstead.Contracts.Directories.V1;
using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Hosting;
using Mailstead.Hosting.Listeners;
using Mailstead.Hosting.Modules;
using Mailstead.Imap.Commands;
using Mailstead.Imap.Sessions;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Imap;

/// <summary>Speaks IMAP on ports 143 and 993. It keeps nothing beyond a session: folders and messages are asked of Mailboxes.</summary>
public sealed class ImapModule : IModule
{
    public string Role => "imap";

    public void Configure(ModuleBuilder module)
    {
        module.AddOptions<ImapOptions, ImapOptionsValidator>("Imap");
        module.AddGrpcClient(invoker => new DirectoriesApi.DirectoriesApiClient(invoker));
        module.AddGrpcClient(invoker => new MailboxesApi.MailboxesApiClient(invoker));
        module.Services
            .AddSingleton<AccessRecheck>().AddSingleton<ImapConnection>().AddSingleton<ViewUpdate>().AddSingleton<FolderTree>()
            .AddSingleton<ChangeFeed>().AddSingleton<ImapCommandTable>()
            .AddSingleton<Capability>().AddSingleton<SignIn>().AddSingleton<Enable>().AddSingleton<Select>().AddSingleton<FolderCommands>()
            .AddSingleton<List>().AddSingleton<Status>().AddSingleton<Append>().AddSingleton<Idle>().AddSingleton<Quota>()
            .AddSingleton<Close>().AddSingleton<Expunge>().AddSingleton<Search>().AddSingleton<Fetch>().AddSingleton<FetchContent>()
            .AddSingleton<FetchBinary>().AddSingleton<Store>().AddSingleton<Copy>().AddSingleton<CopyAcross>();
        module.AddListener<ImapHandler>("imap", 143, ListenerTls.None);
        module.AddListener<ImapHandler>("imaps", 993, ListenerTls.Implicit);
        module.Services.AddHostedService(provider => provider.GetRequiredService<ChangeFeed>());
        module.Services.AddHostedService(provider => provider.GetRequiredService<ImapHandler>());
        module.AddWitness<AccessChangedConsumer>();
    }
}
