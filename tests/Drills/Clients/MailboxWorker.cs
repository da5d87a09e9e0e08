using MailKit;
using MailKit.Net.Imap;
using Mailstead.Drills.Load;
using MimeKit;

namespace Mailstead.Drills.Clients;

/// <summary>
/// The user behind a mailbox: sets flags, moves mail away, saves and removes messages of their own. Only these are removed, so
/// that all mail can be accounted for.
/// </summary>
internal sealed class MailboxWorker(ImapAccess access, Ledger ledger)
{
    public const string Inbox = "INBOX";
    public const string Archive = "Archive";
    private const int Recent = 40;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    private readonly CancellationTokenSource ending = new();
    private readonly Dictionary<string, Attempt> own = [];
    private Task running = Task.CompletedTask;

    public int Answered { get; private set; }

    /// <summary>Broken off by the connection's end: done or not.</summary>
    public int Unanswered { get; private set; }

    /// <summary>What was refused, and how often.</summary>
    public Dictionary<string, int> Refusals { get; } = [];

    public void Start() => running = Task.Run(RunAsync);

    public async Task StopAsync()
    {
        await ending.CancelAsync();
        await running;
        ending.Dispose();
    }

    public static async Task PrepareAsync(ImapAccess access, CancellationToken cancellationToken)
    {
        using var client = await access.SignInPatientlyAsync(cancellationToken);
        var root = client.GetFolder(client.PersonalNamespaces[0]);
        if (!(await root.GetSubfoldersAsync(false, cancellationToken)).Any(folder => folder.Name == Archive))
            await root.CreateAsync(Archive, isMessageFolder: true, cancellationToken);
    }

    /// <summary>Removes all that earlier drills have left.</summary>
    public static async Task EmptyAsync(ImapAccess access, CancellationToken cancellationToken)
    {
        using var client = await access.SignInPatientlyAsync(cancellationToken);
        foreach (var name in new[] { Inbox, Archive })
        {
            var folder = await client.GetFolderAsync(name, cancellationToken);
            await folder.OpenAsync(FolderAccess.ReadWrite, cancellationToken);
            if (folder.Count > 0)
                await folder.AddFlagsAsync(UniqueIdRange.All, MessageFlags.Deleted, silent: true, cancellationToken);
            await folder.ExpungeAsync(cancellationToken);
            await folder.CloseAsync(expunge: false, cancellationToken);
        }
    }

    private async Task RunAsync()
    {
        while (!ending.IsCancellationRequested)
        {
            try
            {
                using var client = await access.SignInPatientlyAsync(ending.Token);
                while (!ending.IsCancellationRequested)
                {
                    await DoOneAsync(client);
                    await Task.Delay(Pause * (0.5 + Random.Shared.NextDouble()), ending.Token);
                }
            }
            catch (Exception failure) when (ImapAccess.IsPassing(failure))
            {
                Unanswered += ending.IsCancellationRequested ? 0 : 1;
            }
        }
    }

    private async Task DoOneAsync(ImapClient client)
    {
        try
        {
            var inbox = client.Inbox!;
            if (!inbox.IsOpen)
                await inbox.OpenAsync(FolderAccess.ReadWrite);
            await inbox.CheckAsync();
            var items = await inbox.FetchAsync(
                Math.Max(0, inbox.Count - Recent), -1, MessageSummaryItems.UniqueId | MessageSummaryItems.Flags | MessageSummaryItems.Envelope);
            await ChooseAsync(client, inbox, items);
            Answered++;
        }
        catch (ImapCommandException refused)
        {
            var text = refused.ResponseText ?? refused.Message;
            Refusals[text] = Refusals.GetValueOrDefault(text) + 1;
        }
    }

    private Task ChooseAsync(ImapClient client, IMailFolder inbox, IList<IMessageSummary> items)
    {
        var choice = Random.Shared.Next(10);
        var mail = items.Where(item => item.Envelope?.MessageId is { } id && !own.ContainsKey(id)).ToList();
        var saved = items.Where(item => item.Envelope?.MessageId is { } id && own.ContainsKey(id)).ToList();
        if (choice < 5 && items.Count > 0)
            return FlagAsync(inbox, items[Random.Shared.Next(items.Count)]);
        if (choice < 7 && mail.Count > 0)
            return MoveAsync(client, inbox, mail[Random.Shared.Next(mail.Count)]);
        return saved.Count > 0 && choice < 9 ? ExpungeAsync(inbox, saved[0]) : AppendAsync(inbox);
    }

    private static Task FlagAsync(IMailFolder inbox, IMessageSummary item)
    {
        if (Random.Shared.Next(3) == 0)
            return inbox.AddFlagsAsync(item.UniqueId, MessageFlags.None, new HashSet<string> { $"$Drill{Random.Shared.Next(4)}" }, silent: false);
        var flag = Random.Shared.Next(2) == 0 ? MessageFlags.Seen : MessageFlags.Flagged;
        return item.Flags?.HasFlag(flag) == true
            ? inbox.RemoveFlagsAsync(item.UniqueId, flag, silent: false)
            : inbox.AddFlagsAsync(item.UniqueId, flag, silent: false);
    }

    private static async Task MoveAsync(ImapClient client, IMailFolder inbox, IMessageSummary item) =>
        await inbox.MoveToAsync([item.UniqueId], await client.GetFolderAsync(Archive));

    private async Task AppendAsync(IMailFolder inbox)
    {
        var attempt = ledger.Begin(access.Address);
        own[attempt.Id] = attempt;
        var message = new MimeMessage { MessageId = attempt.Id, Subject = "Saved" };
        message.From.Add(new MailboxAddress("", access.Address));
        message.Body = new TextPart { Text = new string('x', Random.Shared.Next(5000)) };
        attempt.Outcome = Outcome.Unanswered;
        try
        {
            await inbox.AppendAsync(message);
            attempt.Outcome = Outcome.Acknowledged;
        }
        catch (ImapCommandException)
        {
            attempt.Outcome = Outcome.Deferred;
            throw;
        }
    }

    private async Task ExpungeAsync(IMailFolder inbox, IMessageSummary item)
    {
        var attempt = own[item.Envelope!.MessageId!];
        await inbox.AddFlagsAsync(item.UniqueId, MessageFlags.Deleted, silent: true);
        attempt.IsExpunged = false;
        await inbox.ExpungeAsync([item.UniqueId]);
        attempt.IsExpunged = true;
    }
}
