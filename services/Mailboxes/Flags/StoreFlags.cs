using Mailstead.Contracts;
using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Mailboxes.Changes;
using Mailstead.Mailboxes.Folders;
using Mailstead.Mailboxes.Items;
using Mailstead.Persistence.Databases;
using Mailstead.Persistence.Encryption;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Mailboxes.Flags;

/// <summary>Sets, adds or removes flags; only items that really change take a new modseq.</summary>
internal sealed class StoreFlags(
    [FromKeyedServices("mailboxes")] Database database, MailboxKeys keys, WatchHub hub)
{
    private static readonly Statement UpdateItem = new(
        """
        UPDATE items
           SET flags = @flags, modseq = @modseq
         WHERE mailbox_id = @mailbox_id
           AND folder_id = @folder_id
           AND uid = @uid
        """);

    private static readonly Statement UpdateFolder = new(
        """
        UPDATE folders
           SET unseen_count = unseen_count + @unseen, highest_modseq = @modseq
         WHERE mailbox_id = @mailbox_id
           AND folder_id = @folder_id
        """);

    public async Task<StoreFlagsResponse> RunAsync(StoreFlagsRequest request, CancellationToken cancellationToken)
    {
        var mailbox = MailboxName.Of(request.Mailbox);
        var folderId = MailboxName.Folder(request.FolderId);
        if ((request.Flags & ~SystemFlags.All) != 0)
            throw Refused.Invalid("flags holds system flags only; name keywords in keywords");
        var uids = Packed.Read<uint>(request.Uids).ToArray();
        using var key = await keys.GetAsync(mailbox, cancellationToken);
        var outcome = new Outcome();
        foreach (var chunk in uids.Chunk(MailboxLimits.ItemsPerUnit))
        {
            var part = await database.WriteAsync(
                mailbox.Scope,
                transaction => ChangeAsync(transaction, mailbox, folderId, chunk, request, key), cancellationToken);
            outcome.Add(part);
        }

        if (outcome.HasChanged)
            hub.Publish(mailbox.MailboxId, folderId, outcome.ModSeq, System.Diagnostics.Activity.Current?.Id ?? "");
        return outcome.ToResponse();
    }

    private static async ValueTask<Outcome> ChangeAsync(
        Transaction transaction, MailboxName mailbox, Guid folderId, uint[] uids, StoreFlagsRequest request, DataKey key)
    {
        await MailboxLock.TakeAsync(transaction, mailbox);
        var folder = await FolderQueries.GetAsync(transaction, mailbox, folderId);
        var (keywordBits, keywords) = await Keywords.EnsureAsync(transaction, key, mailbox.MailboxId, request.Keywords);
        var bits = request.Flags | keywordBits;
        var outcome = new Outcome { Keywords = keywords, ModSeq = folder.HighestModSeq };
        long unseen = 0;
        foreach (var item in await ItemFlags.ListAsync(transaction, mailbox.MailboxId, folderId, uids))
        {
            if (request.Conditional && item.ModSeq > request.UnchangedSince)
            {
                outcome.Modified.Add(item.Uid);
                continue;
            }

            var flags = Apply(item.Flags, bits, request.Change);
            if (flags == item.Flags)
            {
                outcome.Keep(item, item.ModSeq);
                continue;
            }

            if (!outcome.HasChanged)
                outcome.ModSeq = await ModSeqs.NextAsync(transaction, mailbox);
            outcome.HasChanged = true;
            unseen += (long)(item.Flags & SystemFlags.Seen) - (long)(flags & SystemFlags.Seen);
            await transaction.ExecuteAsync(UpdateItem, (long)flags, outcome.ModSeq, mailbox.MailboxId, folderId, (long)item.Uid);
            outcome.Keep(item with { Flags = flags, ModSeq = outcome.ModSeq }, item.ModSeq);
        }

        if (outcome.HasChanged)
            await transaction.ExecuteAsync(UpdateFolder, unseen, outcome.ModSeq, mailbox.MailboxId, folderId);
        return outcome;
    }

    private static ulong Apply(ulong flags, ulong bits, FlagChange change) => change switch
    {
        FlagChange.Add => flags | bits,
        FlagChange.Remove => flags & ~bits,
        _ => bits,
    };

    private sealed class Outcome
    {
        private readonly List<uint> uids = [];
        private readonly List<ulong> flags = [];
        private readonly List<long> modSeqs = [];
        private readonly List<long> previous = [];

        public List<uint> Modified { get; } = [];

        public string[] Keywords { get; set; } = [];

        public bool HasChanged { get; set; }

        public long ModSeq { get; set; }

        public void Keep(ItemFlags item, long modSeqBefore)
        {
            uids.Add(item.Uid);
            flags.Add(item.Flags);
            modSeqs.Add(item.ModSeq);
            previous.Add(modSeqBefore);
        }

        public void Add(Outcome later)
        {
            uids.AddRange(later.uids);
            flags.AddRange(later.flags);
            modSeqs.AddRange(later.modSeqs);
            previous.AddRange(later.previous);
            Modified.AddRange(later.Modified);
            (Keywords, ModSeq, HasChanged) = (later.Keywords, later.ModSeq, HasChanged || later.HasChanged);
        }

        public StoreFlagsResponse ToResponse()
        {
            var response = new StoreFlagsResponse
            {
                Uids = Packed.Copy<uint>(uids.ToArray()),
                Flags = Packed.Copy<ulong>(flags.ToArray()),
                Modseqs = Packed.Copy<long>(modSeqs.ToArray()),
                PreviousModseqs = Packed.Copy<long>(previous.ToArray()),
                ModifiedUids = Packed.Copy<uint>(Modified.ToArray()),
                HighestModseq = ModSeq,
            };
            response.Keywords.AddRange(Keywords);
            return response;
        }
    }
}
