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

    private readonly ConcurrentDictionary<string, Followers> followed = new(StringComparer.Ordinal);
    private readonly Channel<WatchRequest> wishes = Channel.CreateUnbounded<WatchRequest>(new UnboundedChannelOptions { SingleReader = true });

    /// <summary>Follows the mailbox of whoever has signed in.</summary>
    public void Add(ImapSession session) => Add(session, session.Mailbox);

    /// <summary>Follows also the mailbox of another that the session opens, in place of the one before.</summary>
    public void Follow(ImapSession session, MailboxRef mailbox)
    {
        if (session.Followed?.MailboxId == mailbox.MailboxId)
            return;
        if (session.Followed is { } former)
            Remove(session, former);
        session.Followed = mailbox.MailboxId == session.Mailbox.MailboxId ? null : mailbox;
        if (session.Followed is not null)
            Add(session, mailbox);
    }

    public void Remove(ImapSession session)
    {
        if (session.Principal is null)
            return;
        Remove(session, session.Mailbox);
        if (session.Followed is { } other)
            Remove(session, other);
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
        foreach (var (mailbox, sessions) in followed.Values)
        {
            await requests.WriteAsync(new WatchRequest { OrganizationId = mailbox.OrganizationId, MailboxId = mailbox.MailboxId }, cancellationToken);
            foreach (var session in sessions.Keys)
                session.Notice("");
        }

        await foreach (var wish in wishes.Reader.ReadAllAsync(cancellationToken))
            await requests.WriteAsync(wish, cancellationToken);
    }

    private void Tell(MailboxChanged change)
    {
        if (!followed.TryGetValue(change.MailboxId, out var followers))
            return;
        foreach (var session in followers.Sessions.Keys)
        {
            if (session.View is { } view && (change.FolderId.Length == 0 || view.FolderId == change.FolderId))
                session.Notice(change.TraceParent);
        }
    }

    private void Add(ImapSession session, MailboxRef mailbox)
    {
        Followers followers;
        do
        {
            followers = followed.GetOrAdd(mailbox.MailboxId, _ => new Followers(mailbox));
            followers.Sessions[session] = true;
        }
        // The last one before may just have taken it away.
        while (!followed.TryGetValue(mailbox.MailboxId, out var present) || !ReferenceEquals(present, followers));

        wishes.Writer.TryWrite(new WatchRequest { OrganizationId = mailbox.OrganizationId, MailboxId = mailbox.MailboxId });
    }

    private void Remove(ImapSession session, MailboxRef mailbox)
    {
        if (!followed.TryGetValue(mailbox.MailboxId, out var followers))
            return;
        followers.Sessions.TryRemove(session, out _);
        if (followers.Sessions.IsEmpty && followed.TryRemove(KeyValuePair.Create(mailbox.MailboxId, followers)))
            wishes.Writer.TryWrite(new WatchRequest { OrganizationId = mailbox.OrganizationId, MailboxId = mailbox.MailboxId, Stop = true });
    }

    [LoggerMessage(LogLevel.Warning, "The stream of mailbox changes broke ({Failure}); opening another one")]
    private partial void LogBroken(string failure);

    /// <summary>Whoever looks at a mailbox.</summary>
    private sealed record Followers(MailboxRef Mailbox)
    {
        public ConcurrentDictionary<ImapSession, bool> Sessions { get; } = new();

        public void Deconstruct(out MailboxRef mailbox, out ConcurrentDictionary<ImapSession, bool> sessions) =>
            (mailbox, sessions) = (Mailbox, Sessions);
    }
}
