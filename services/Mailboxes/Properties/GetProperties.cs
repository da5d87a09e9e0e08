using Mailstead.Contracts;
using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Mailboxes.Bodies;
using Mailstead.Mailboxes.Folders;
using Mailstead.Mailboxes.Items;
using Mailstead.Persistence.Databases;
using Mailstead.Persistence.Encryption;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Mailboxes.Properties;

/// <summary>Items as bags of properties: what was set, and what their messages tell where nothing was.</summary>
internal sealed class GetProperties([FromKeyedServices("mailboxes")] Database database, MailboxKeys keys)
{
    public async Task<GetPropertiesResponse> RunAsync(GetPropertiesRequest request, CancellationToken cancellationToken)
    {
        var mailbox = MailboxName.Of(request.Mailbox);
        var folderId = MailboxName.Folder(request.FolderId);
        var wanted = request.Names.Select(PropertyNames.Read).ToHashSet();
        var uids = Packed.Read<uint>(request.Uids).ToArray();
        if (uids.Length > PropertyLimits.ItemsMax)
            throw Refused.Exhausted($"The properties of at most {PropertyLimits.ItemsMax} items are read at once");
        var rows = await database.ReadAsync(
            mailbox.Scope,
            async transaction =>
            {
                await FolderQueries.GetAsync(transaction, mailbox, folderId);
                return await PropertyRow.ListAsync(transaction, mailbox.MailboxId, folderId, uids);
            },
            cancellationToken);
        using var key = await keys.GetAsync(mailbox, cancellationToken);
        var response = new GetPropertiesResponse();
        foreach (var row in rows)
            response.Items.Add(ToItem(row, mailbox, key, wanted));
        return response;
    }

    private static ItemProperties ToItem(PropertyRow row, MailboxName mailbox, DataKey key, HashSet<PropertyKey> wanted)
    {
        var (messageKey, prologue) = ItemSeal.Open(key, mailbox.MailboxId, row.BodyId, row.Sealed);
        using (messageKey)
        {
            var summary = ShiftedSummary.Of(ItemContent.ReadSummary(messageKey, row.BodyId, row.Summary), prologue);
            var bag = DerivedProperties.Of(row, summary);
            foreach (var (name, value) in PropertySeal.Open(key, mailbox.MailboxId, row.BodyId, row.Properties).All)
                bag.Set(name, value);
            var item = new ItemProperties { Uid = row.Uid, Modseq = row.ModSeq };
            item.Properties.AddRange(bag.All.Where(property => wanted.Count == 0 || wanted.Contains(property.Key))
                .Select(property => PropertyNames.Write(property.Key, property.Value)));
            return item;
        }
    }
}
