namespace Mailstead.Kubernetes.Mail;

/// <summary>Mail that comes in and clients that sync, for as long as things are done to the installation.</summary>
internal sealed class Load : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private static int loads;

    private readonly CancellationTokenSource stop = new();
    private readonly IReadOnlyList<(Account Account, SyncingClient Client)> clients;
    private readonly IReadOnlyList<Sender> senders;
    private readonly Task running;

    private Load(MailPlaces places, IReadOnlyList<Account> accounts, double messagesPerSecond)
    {
        var number = Interlocked.Increment(ref loads);
        clients = [.. accounts.Select(account => (account, new SyncingClient(places, Ledger, account)))];
        string[] recipients = [.. accounts.Select(account => account.Address)];
        var count = Math.Max(1, (int)Math.Ceiling(messagesPerSecond / 5));
        senders = [.. Enumerable.Range(0, count).Select(i =>
            new Sender(places, Ledger, $"load{number}-{i}", recipients, TimeSpan.FromSeconds(count / messagesPerSecond)))];
        Ledger.Begin();
        running = Task.WhenAll([.. senders.Select(sender => sender.RunAsync(stop.Token)), .. clients.Select(one => one.Client.RunAsync(stop.Token))]);
    }

    public Ledger Ledger { get; } = new();

    public static Load Start(MailPlaces places, IReadOnlyList<Account> accounts, double messagesPerSecond) =>
        new(places, accounts, messagesPerSecond);

    /// <summary>Waits a while under load; what went wrong with it comes out.</summary>
    public async Task GoOnAsync(TimeSpan time, CancellationToken cancellationToken)
    {
        if (await Task.WhenAny(running, Task.Delay(time, cancellationToken)) == running)
            await running;
        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>Ends it and looks whether all that was acknowledged is there, once, and whether every client has the same.</summary>
    /// <exception cref="InvalidOperationException">Something is lost, doubled, or a client's view differs.</exception>
    public async Task<string> EndAsync(MailPlaces places, CancellationToken cancellationToken)
    {
        await stop.CancelAsync();
        await running;
        var waiting = TimeProvider.System.GetTimestamp();
        foreach (var (account, client) in clients)
            await SettleAsync(places, account, client, waiting, cancellationToken);
        var latencies = Ledger.Latencies;
        var latency = latencies.Count == 0 ? "" :
            $", seen after {latencies[latencies.Count / 2].TotalMilliseconds:0} ms (p50) {latencies[latencies.Count * 99 / 100].TotalSeconds:0.0} s (p99)";
        return $"{Ledger.Acknowledged} acknowledged, none lost, none doubled; {senders.Sum(sender => sender.Deferred)} tried again, "
            + $"{Ledger.Unanswered} unanswered; longest time without an acceptance {Ledger.LongestGap.TotalSeconds:0.0} s; "
            + $"{clients.Sum(one => one.Client.Reconnects)} IMAP reconnects{latency}";
    }

    public void Dispose() => stop.Dispose();

    private async Task SettleAsync(MailPlaces places, Account account, SyncingClient client, long since, CancellationToken cancellationToken)
    {
        while (true)
        {
            using var fresh = await ImapConnection.OpenAsync(places, account, cancellationToken);
            var there = (await ImapConnection.ReadAsync(fresh, 1, cancellationToken)).Select(message => message.Subject).ToList();
            if (there.GroupBy(id => id).FirstOrDefault(copies => copies.Count() > 1) is { } doubled)
                throw new InvalidOperationException($"{doubled.Key} is {doubled.Count()} times in the mailbox of {account.Address}");
            var missing = Ledger.MissingFrom(account.Address, there);
            if (missing.Count == 0)
            {
                await client.CatchUpAsync(cancellationToken);
                if (!client.View.SequenceEqual(there))
                    throw new InvalidOperationException($"The syncing client of {account.Address} has {client.View.Count} messages, the mailbox {there.Count}");
                return;
            }

            if (TimeProvider.System.GetElapsedTime(since) > Patience)
                throw new InvalidOperationException($"{missing.Count} acknowledged messages for {account.Address} are lost, such as {missing[0]}");
            await Task.Delay(500, cancellationToken);
        }
    }
}
