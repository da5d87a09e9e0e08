using MailKit.Net.Imap;

namespace Mailstead.Kubernetes.Mail;

/// <summary>A mail program that stays signed in and waits for mail (IDLE); cut off, it comes again and goes on from what it has.</summary>
internal sealed class SyncingClient(MailPlaces places, Ledger ledger, Account account)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    /// <summary>IDLE is left after this time, whether something was told or not.</summary>
    private static readonly TimeSpan IdleMax = TimeSpan.FromSeconds(5);

    private readonly SortedDictionary<uint, string> view = [];
    private uint validity;

    public int Reconnects { get; private set; }

    /// <summary>Ids of all messages that it has, one for each copy.</summary>
    public IReadOnlyList<string> View => [.. view.Values];

    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                using var client = await ImapConnection.OpenAsync(places, account, CancellationToken.None);
                await FollowAsync(client, stop);
                await client.DisconnectAsync(true, CancellationToken.None);
            }
            catch (Exception failure) when (Sender.IsOfNetwork(failure))
            {
                Reconnects++;
                await Task.Delay(Pause, CancellationToken.None);
            }
        }
    }

    /// <summary>One look with a connection of its own, so that the view has all that is there now.</summary>
    public async Task CatchUpAsync(CancellationToken cancellationToken)
    {
        using var client = await ImapConnection.OpenAsync(places, account, cancellationToken);
        await LookAsync(client);
    }

    private async Task FollowAsync(ImapClient client, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await LookAsync(client);
            using var told = CancellationTokenSource.CreateLinkedTokenSource(stop);
            void Tell(object? sender, EventArgs change) => told.Cancel();
            client.Inbox!.CountChanged += Tell;
            told.CancelAfter(IdleMax);
            await client.IdleAsync(told.Token, CancellationToken.None);
            client.Inbox!.CountChanged -= Tell;
        }
    }

    private async Task LookAsync(ImapClient client)
    {
        if (validity != 0 && client.Inbox!.UidValidity != validity)
            throw new InvalidOperationException("UIDVALIDITY has changed: every client would have to begin anew");
        validity = client.Inbox!.UidValidity;
        foreach (var (uid, id) in await ImapConnection.ReadAsync(client, view.Count == 0 ? 1 : view.Last().Key + 1, CancellationToken.None))
        {
            view.Add(uid, id);
            ledger.See(id);
        }
    }
}
