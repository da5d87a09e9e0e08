using System.Diagnostics;
using MailKit;
using MailKit.Net.Imap;
using Mailstead.Drills.Load;

namespace Mailstead.Drills.Clients;

/// <summary>
/// A mail program that keeps one folder: it is told of changes while idle, and after every interruption goes on from the state
/// that it had (QRESYNC), at whichever replica answers.
/// </summary>
internal sealed class SyncClient(ImapAccess access, string folderName)
{
    private static readonly TimeSpan IdleMax = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource ending = new();
    private Task running = Task.CompletedTask;
    private long toldAt;
    private uint identified;

    public FolderState State { get; } = new();

    public string Name => $"{access.Address} {folderName}";

    public string FolderName => folderName;

    public ImapAccess Access => access;

    /// <summary>Where it reports what it sees; another one for each drill.</summary>
    public Ledger Ledger { get; set; } = new();

    public int Interruptions { get; private set; }

    /// <summary>True while it is signed in and up to date as far as it was told.</summary>
    public bool IsIdle { get; private set; }

    public void Start() => running = Task.Run(RunAsync);

    public async Task StopAsync()
    {
        await ending.CancelAsync();
        await running;
        ending.Dispose();
    }

    private async Task RunAsync()
    {
        while (!ending.IsCancellationRequested)
        {
            try
            {
                using var client = await access.SignInPatientlyAsync(ending.Token);
                await FollowAsync(client);
            }
            catch (Exception failure) when (ImapAccess.IsPassing(failure))
            {
                Interruptions += ending.IsCancellationRequested ? 0 : 1;
            }

            IsIdle = false;
        }
    }

    private async Task FollowAsync(ImapClient client)
    {
        var folder = await client.GetFolderAsync(folderName, ending.Token);
        CancellationTokenSource? idling = null;
        Wake(folder, () => idling?.Cancel());
        State.Follow(folder);
        await State.ResynchronizeAsync(folder, ending.Token);
        while (true)
        {
            await IdentifyAsync(folder);
            IsIdle = true;
            using (idling = CancellationTokenSource.CreateLinkedTokenSource(ending.Token))
            {
                idling.CancelAfter(IdleMax);
                // News that came between two IDLEs must not wait for the next.
                if (Volatile.Read(ref toldAt) == 0)
                    await client.IdleAsync(idling.Token, ending.Token);
                idling = null;
            }

            // All that was told before the IDLE's end is known here, so a later QRESYNC may begin from it (RFC 7162 §3.2.5).
            State.ModSeq = Math.Max(State.ModSeq, folder.HighestModSeq);
        }
    }

    private void Wake(IMailFolder folder, Action wake)
    {
        folder.CountChanged += (_, _) =>
        {
            Interlocked.CompareExchange(ref toldAt, Stopwatch.GetTimestamp(), 0);
            wake();
        };
    }

    /// <summary>Finds out which messages the new ones are.</summary>
    private async Task IdentifyAsync(IMailFolder folder)
    {
        var told = Interlocked.Exchange(ref toldAt, 0);
        var items = new List<IMessageSummary>();
        if (folder.Count > 0)
        {
            items.AddRange(await folder.FetchAsync(
                new UniqueIdRange(new UniqueId(identified + 1), UniqueId.MaxValue),
                MessageSummaryItems.UniqueId | MessageSummaryItems.Flags | MessageSummaryItems.Envelope, ending.Token));
        }

        var seenAt = Stopwatch.GetTimestamp();
        // Changes of other messages that the server tells along with the answer are in it too, and told by no event.
        foreach (var item in items.Where(item => item.UniqueId.IsValid))
        {
            State.Set(item.UniqueId.Id, item.Flags, item.Keywords);
            // The range's end is '*': with nothing new it is the last message again.
            if (item.UniqueId.Id > identified && item.Envelope?.MessageId is { } id)
                Ledger.Saw(id, access.Address, told == 0 ? seenAt : told, seenAt);
        }

        // Such a change may be one of a message that came while the answer was on its way, after others that are not in it either:
        // only what was asked for says how far this is known.
        identified = items.Where(item => item.Envelope is not null).Select(item => item.UniqueId.Id).Append(identified).Max();
    }
}
