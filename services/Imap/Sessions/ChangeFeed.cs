using System.Collections.Concurrent;
using System.Threading.Channels;
using Grpc.Core;
using Mailstead.Contracts.Mailboxes.V1;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Mailstead.Imap.Sessions;

/// <summary>
/// One stream tells this process of changes in all mailboxes that its sessions look at. When it breaks it is opened anew, and every
/// session looks for itself once.
/// </summary>
internal sealed partial class ChangeFeed(MailboxesApi.MailboxesApiClient mailboxes, TimeProvider clock, ILogger<ChangeFeed> logger)
    : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, ConcurrentDictionary<ImapSession, bool>> sessions = new(StringComparer.Ordinal);
    private readonly Channel<WatchRequest> wishes = Channel.CreateUnbounded<WatchRequest>(new UnboundedChannelOptions { SingleReader = true });

    public void Add(ImapSession session)
    {
        var mailbox = session.Mailbox;
        var present = sessions.GetOrAdd(mailbox.MailboxId, _ => new());
        present[session] = true;
        wishes.Writer.TryWrite(new WatchRequest { OrganizationId = mailbox.OrganizationId, MailboxId = mailbox.MailboxId });
    }

    public void Remove(ImapSession session)
    {
        if (session.Principal is not { } principal || !sessions.TryGetValue(principal.MailboxId, out var present))
            return;
        present.TryRemove(session, out _);
        if (present.IsEmpty && sessions.TryRemove(KeyValuePair.Create(principal.MailboxId, present)))
        {
            wishes.Writer.TryWrite(new WatchRequest
            {
                OrganizationId = principal.OrganizationId,
                MailboxId = principal.MailboxId,
                Stop = true,
            });
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await ListenAsync(stoppingToken);
            }
            catch (Exception broken) when (!stoppingToken.IsCancellationRequested)
            {
                LogBroken(broken.GetType().Name);
            }
            catch (Exception over) when (over is RpcException or OperationCanceledException)
            {
                return;
            }

            await Task.Delay(Pause, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ListenAsync(CancellationToken cancellationToken)
    {
        using var call = mailboxes.Watch(cancellationToken: cancellationToken);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var asking = AskAsync(call.RequestStream, ending.Token);
        try
        {
            while (await call.ResponseStream.MoveNext(cancellationToken))
                Tell(call.ResponseStream.Current);
        }
        finally
        {
            await ending.CancelAsync();
            await asking.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task AskAsync(IClientStreamWriter<WatchRequest> requests, CancellationToken cancellationToken)
    {
        foreach (var session in sessions.Values.SelectMany(present => present.Keys))
        {
            var mailbox = session.Mailbox;
            await requests.WriteAsync(new WatchRequest { OrganizationId = mailbox.OrganizationId, MailboxId = mailbox.MailboxId }, cancellationToken);
            session.Notice("");
        }

        await foreach (var wish in wishes.Reader.ReadAllAsync(cancellationToken))
            await requests.WriteAsync(wish, cancellationToken);
    }

    private void Tell(MailboxChanged change)
    {
        if (!sessions.TryGetValue(change.MailboxId, out var present))
            return;
        foreach (var session in present.Keys)
        {
            if (session.View is { } view && (change.FolderId.Length == 0 || view.FolderId == change.FolderId))
                session.Notice(change.TraceParent);
        }
    }

    [LoggerMessage(LogLevel.Warning, "The stream of mailbox changes broke ({Failure}); opening another one")]
    private partial void LogBroken(string failure);
}
