using Mailstead.Drills.Clients;

namespace Mailstead.Drills;

/// <summary>An installation that is drilled: the ways into it and what can be seen of it from outside.</summary>
internal abstract class Drilled : IAsyncDisposable
{
    /// <summary>The mailboxes that mail goes to, and the ways into them.</summary>
    public IReadOnlyList<ImapAccess> Accounts { get; private set; } = [];

    /// <summary>Two for each INBOX, one for each archive; they sign in wherever somebody answers.</summary>
    public IReadOnlyList<SyncClient> Clients { get; private set; } = [];

    public abstract IReadOnlyList<(string Host, int Port)> Ingress { get; }

    /// <summary>Where each process says how it is.</summary>
    public abstract IReadOnlyList<(string Role, Uri Ready)> Health { get; }

    public abstract Task WaitUntilReadyAsync(CancellationToken cancellationToken);

    /// <summary>Messages that still wait to be routed, and mail to the outside, which only a bounce could be.</summary>
    public abstract Task<(long Spooled, long Outbound)> CountWaitingAsync(CancellationToken cancellationToken);

    public virtual async ValueTask DisposeAsync() => await Task.WhenAll(Clients.Select(client => client.StopAsync()));

    protected async Task OpenMailboxesAsync(
        IEnumerable<(string Address, string Password)> passwords, IReadOnlyList<(string Host, int Port)> imap, string authority,
        CancellationToken cancellationToken)
    {
        var valid = new List<ImapAccess>();
        foreach (var (address, password) in passwords)
        {
            var access = new ImapAccess(imap, authority, address, password);
            if (await access.IsRightAsync(cancellationToken))
                valid.Add(access);
        }

        Accounts = valid;
        foreach (var account in Accounts)
            await MailboxWorker.PrepareAsync(account, cancellationToken);
        Clients = [.. Accounts.SelectMany(account => new[] { MailboxWorker.Inbox, MailboxWorker.Inbox, MailboxWorker.Archive }
            .Select(folder => new SyncClient(account, folder)))];
        foreach (var client in Clients)
            client.Start();
    }
}
