using System.Diagnostics;
using Mailstead.Drills.Clients;
using Mailstead.Drills.Load;
using Mailstead.Drills.Reports;

namespace Mailstead.Drills;

/// <summary>After a drill: is all there once that must be, and does every client know it?</summary>
internal sealed class Inspection(Drilled drilled, Ledger ledger, DrillReport report)
{
    private const int DifferencesShown = 5;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <param name="absent">What each folder's clients knew before: a client that was away since must be brought up to date too.</param>
    public async Task RunAsync(IReadOnlyDictionary<SyncClient, FolderState> absent, CancellationToken cancellationToken)
    {
        var listings = new Dictionary<string, FreshListing>();
        foreach (var client in drilled.Clients.DistinctBy(client => client.Name))
            listings[client.Name] = await FreshListing.ReadAsync(client.Access, client.FolderName, cancellationToken);
        foreach (var account in drilled.Accounts)
            Count(account.Address, [.. listings.Where(pair => pair.Key.StartsWith(account.Address + " ", StringComparison.Ordinal)).SelectMany(pair => pair.Value.MessageIds)]);
        CountAnswers(listings);
        await CompareAsync(listings, cancellationToken);
        await CompareAbsentAsync(absent, listings, cancellationToken);
    }

    private void Count(string address, IReadOnlyList<string> ids)
    {
        var copies = ids.CountBy(id => id).ToDictionary();
        foreach (var attempt in ledger.Attempts.Where(attempt => attempt.Recipients.Contains(address)))
        {
            var found = copies.GetValueOrDefault(attempt.Id);
            report.Lost += found < attempt.Copies.Least ? 1 : 0;
            report.Doubled += found > attempt.Copies.Most ? 1 : 0;
            if (found < attempt.Copies.Least || found > attempt.Copies.Most)
                AddFault($"{attempt.Id}, {attempt.Outcome}, is {found} times in the mailbox of {address}");
        }

        foreach (var stranger in copies.Keys.Where(id => ledger.Find(id) is null))
            AddFault($"{stranger} came to {address} and nobody sent it now");
    }

    private void CountAnswers(Dictionary<string, FreshListing> listings)
    {
        var there = listings.Values.SelectMany(listing => listing.MessageIds).ToHashSet();
        int CountOf(Outcome outcome, bool isThere) =>
            ledger.Attempts.Count(attempt => attempt.Outcome == outcome && (!isThere || there.Contains(attempt.Id)));
        report.Acknowledged = CountOf(Outcome.Acknowledged, false);
        report.Deferred = CountOf(Outcome.Deferred, false);
        report.DeferredThere = CountOf(Outcome.Deferred, true);
        report.Unanswered = CountOf(Outcome.Unanswered, false);
        report.UnansweredThere = CountOf(Outcome.Unanswered, true);
        if (report.Acknowledged < 10)
            AddFault("too little was acknowledged to prove anything");
    }

    private async Task CompareAsync(Dictionary<string, FreshListing> listings, CancellationToken cancellationToken)
    {
        report.Clients = drilled.Clients.Count * 2;
        report.Interruptions = drilled.Clients.Sum(client => client.Interruptions);
        var waiting = Stopwatch.StartNew();
        foreach (var client in drilled.Clients)
        {
            var truth = listings[client.Name].Flags;
            while (client.State.DifferenceTo(truth).Length > 0 && waiting.Elapsed < Patience)
                await Task.Delay(50, cancellationToken);
            Note(client.State.DifferenceTo(truth), client.Name);
        }
    }

    private async Task CompareAbsentAsync(
        IReadOnlyDictionary<SyncClient, FolderState> absent, Dictionary<string, FreshListing> listings, CancellationToken cancellationToken)
    {
        foreach (var (client, state) in absent)
        {
            var difference = await listings[client.Name].DifferenceAfterAsync(state, client.Access, client.FolderName, cancellationToken);
            Note(difference, $"{client.Name}, away since the beginning");
        }
    }

    private void Note(string difference, string name)
    {
        if (difference.Length == 0)
            report.Converged++;
        else
            AddFault($"{name} has not converged: {difference}");
    }

    private void AddFault(string fault)
    {
        if (report.Faults.Count < DifferencesShown)
            report.Faults.Add(fault);
    }
}
