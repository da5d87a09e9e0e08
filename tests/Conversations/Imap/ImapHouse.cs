using System.IO.Pipelines;
using System.Net;
using System.Text;
using Google.Protobuf;
using Mailstead.Contracts.Directories.V1;
using Mailstead.Contracts.Keys.V1;
using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Conversations.Imap;
using Mailstead.Hosting;
using Mailstead.Imap;
using Mailstead.Imap.Sessions;
using Mailstead.Keys;
using Mailstead.Mailboxes;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

[assembly: AssemblyFixture(typeof(ImapHouse))]

namespace Mailstead.Conversations.Imap;

/// <summary>
/// The IMAP gateway with the real mailboxes and keys behind it, on SQLite in a folder of its own, in this process and without a
/// network. Who signs in with a mailbox's id gets that mailbox.
/// </summary>
public sealed class ImapHouse : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("mailstead-conversations-").FullName;
    private readonly string organization = Guid.NewGuid().ToString();
    private WebApplication app = null!;

    public async ValueTask InitializeAsync()
    {
        var installation = new InstallationOptions { DataDirectory = folder, Roles = new HashSet<string> { "all" } };
        var settings = new ConfigurationBuilder().AddInMemoryCollection([new("Logging:Console:LogLevel:Default", "None")]).Build();
        app = ServiceHost.Build(
            installation, settings, [new KeysModule(), new MailboxesModule(), new ImapModule(), new PretendDirectoriesModule(organization)]);
        // What has to be there before anything is served; not the listeners.
        foreach (var service in app.Services.GetServices<IHostedService>().OfType<IHostedLifecycleService>())
            await service.StartingAsync(CancellationToken.None);
        await app.Services.GetRequiredService<ChangeFeed>().StartAsync(CancellationToken.None);
        await app.Services.GetRequiredService<KeysApi.KeysApiClient>().CreateOrganizationKeyAsync(
            new CreateOrganizationKeyRequest { OrganizationId = organization, OrganizationArn = "arn:aws:workmail:test" });
    }

    public async ValueTask DisposeAsync()
    {
        await app.Services.GetRequiredService<ChangeFeed>().StopAsync(CancellationToken.None);
        await app.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    internal MailboxesApi.MailboxesApiClient Mailboxes => app.Services.GetRequiredService<MailboxesApi.MailboxesApiClient>();

    internal async Task<MailboxRef> CreateMailboxAsync(long quota = 1L << 30)
    {
        var mailbox = new MailboxRef { OrganizationId = organization, MailboxId = Guid.NewGuid().ToString() };
        await Mailboxes.CreateMailboxAsync(new CreateMailboxRequest { Mailbox = mailbox, QuotaBytes = quota });
        return mailbox;
    }

    /// <summary>Puts a message, its lines ended by LF here, into the inbox; flags as bits.</summary>
    internal async Task AppendAsync(MailboxRef mailbox, string message, ulong flags = 0)
    {
        var folders = await Mailboxes.ListFoldersAsync(new ListFoldersRequest { Mailbox = mailbox });
        using var call = Mailboxes.Append();
        var octets = ByteString.CopyFrom(message.ReplaceLineEndings("\r\n"), Encoding.Latin1);
        await call.RequestStream.WriteAsync(new AppendRequest
        {
            Start = new AppendStart
            {
                Mailbox = mailbox,
                FolderId = folders.Folders.Single(folder => folder.Role == FolderRole.Inbox).FolderId,
                Size = octets.Length,
                Flags = flags,
                ReceivedAt = StandingClock.Now.ToUnixTimeMilliseconds(),
            },
            Data = octets,
            Complete = true,
        });
        await call.RequestStream.CompleteAsync();
        await call.ResponseAsync;
    }

    /// <summary>Serves one connection to its end.</summary>
    internal async Task ServeAsync(IDuplexPipe transport, bool isEncrypted)
    {
        await using var session = new ImapSession(
            Guid.NewGuid().ToString(), transport, new IPEndPoint(IPAddress.Loopback, 1), isEncrypted, TimeProvider.System);
        try
        {
            await app.Services.GetRequiredService<ImapConnection>().RunAsync(session, CancellationToken.None);
        }
        finally
        {
            app.Services.GetRequiredService<ChangeFeed>().Remove(session);
            await transport.Output.CompleteAsync();
        }
    }
}
