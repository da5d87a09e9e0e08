using MailKit;

namespace Mailstead.Drills.Clients;

/// <summary>What is in a folder, as a client sees it that knew nothing before.</summary>
internal sealed record FreshListing(IReadOnlyDictionary<uint, string> Flags, IReadOnlyList<string> MessageIds)
{
    public static async Task<FreshListing> ReadAsync(ImapAccess access, string folderName, CancellationToken cancellationToken)
    {
        using var client = await access.SignInPatientlyAsync(cancellationToken);
        var folder = await client.GetFolderAsync(folderName, cancellationToken);
        await folder.OpenAsync(FolderAccess.ReadOnly, cancellationToken);
        var state = new FolderState();
        var ids = new List<string>();
        foreach (var item in await folder.FetchAsync(
            0, -1, MessageSummaryItems.UniqueId | MessageSummaryItems.Flags | MessageSummaryItems.Envelope, cancellationToken))
        {
            state.Set(item.UniqueId.Id, item.Flags, item.Keywords);
            ids.Add(item.Envelope?.MessageId ?? $"UID {item.UniqueId.Id} without an id");
        }

        return new FreshListing(state.Flags, ids);
    }

    /// <summary>What a client sees that was away since a state: empty when it is brought up to what is there.</summary>
    public async Task<string> DifferenceAfterAsync(FolderState since, ImapAccess access, string folderName, CancellationToken cancellationToken)
    {
        using var client = await access.SignInPatientlyAsync(cancellationToken);
        var folder = await client.GetFolderAsync(folderName, cancellationToken);
        since.Follow(folder);
        var (from, known, last) = (since.ModSeq, since.Flags.Count, since.Flags.Keys.DefaultIfEmpty().Max());
        await since.ResynchronizeAsync(folder, cancellationToken);
        // The server tells of the messages that the client named as known to it (RFC 7162 §3.2.5.1); the others it asks for.
        foreach (var item in await folder.FetchAsync(
            new UniqueIdRange(new UniqueId(last + 1), UniqueId.MaxValue), MessageSummaryItems.UniqueId | MessageSummaryItems.Flags, cancellationToken))
        {
            if (item.UniqueId.IsValid)
                since.Set(item.UniqueId.Id, item.Flags, item.Keywords);
        }

        var difference = since.DifferenceTo(Flags);
        return difference.Length == 0 ? "" : $"{difference} (from modseq {from} with {known} messages to {since.ModSeq} with {Flags.Count})";
    }
}
