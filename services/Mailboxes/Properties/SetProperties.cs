using Grpc.Core;
using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Mailboxes.Changes;
using Mailstead.Mailboxes.Folders;
using Mailstead.Persistence.Databases;
using Mailstead.Persistence.Encryption;
using Mailstead.Protocols.Mime;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Mailboxes.Properties;

/// <summary>Sets and removes properties of an item. What they take counts against the quota; the change is one of the mailbox's log.</summary>
internal sealed class SetProperties([FromKeyedServices("mailboxes")] Database database, MailboxKeys keys, WatchHub hub)
{
    private const int ClassMax = 255;

    private static readonly Statement UpdateItem = new(
        """
        UPDATE items
           SET properties = @properties, class = @class, modseq = @modseq
         WHERE mailbox_id = @mailbox_id
           AND folder_id = @folder_id
           AND uid = @uid
        """);

    private static readonly Statement UpdateFolder = new(
        """
        UPDATE folders
           SET highest_modseq = @modseq, size_bytes = size_bytes + @growth
         WHERE mailbox_id = @mailbox_id
           AND folder_id = @folder_id
        """);

    private static readonly Statement TakeSpace = new(
        """
        UPDATE mailboxes
           SET used_bytes = used_bytes + @growth
         WHERE mailbox_id = @mailbox_id
           AND (@growth <= 0 OR used_bytes + @growth <= quota_bytes)
        """);

    public async Task<SetPropertiesResponse> RunAsync(SetPropertiesRequest request, CancellationToken cancellationToken)
    {
        var mailbox = MailboxName.Of(request.Mailbox);
        var folderId = MailboxName.Folder(request.FolderId);
        var changes = request.Set.Select(PropertyNames.Read).ToList();
        var removals = request.Remove.Select(PropertyNames.Read).ToList();
        CheckClass(changes);
        using var key = await keys.GetAsync(mailbox, cancellationToken);
        var (modSeq, hasChanged) = await database.WriteAsync(
            mailbox.Scope,
            transaction => ChangeAsync(transaction, mailbox, folderId, request, changes, removals, key), cancellationToken);
        if (hasChanged)
            hub.Publish(mailbox.MailboxId, folderId, modSeq, System.Diagnostics.Activity.Current?.Id ?? "");
        return new SetPropertiesResponse { Modseq = modSeq };
    }

    private static void CheckClass(List<(PropertyKey Key, PropertyValue Value)> changes)
    {
        var named = changes.Where(change => change.Key == MessageProperties.MessageClass.Key).Select(change => change.Value.AsText() ?? "");
        if (named.Any(name => name.Length is 0 or > ClassMax || name.Any(character => character is < ' ' or > '~')))
            throw Refused.Invalid($"An item class has 1 to {ClassMax} printable ASCII characters");
    }

    private static async ValueTask<(long ModSeq, bool HasChanged)> ChangeAsync(
        Transaction transaction, MailboxName mailbox, Guid folderId, SetPropertiesRequest request,
        List<(PropertyKey Key, PropertyValue Value)> changes, List<PropertyKey> removals, DataKey key)
    {
        await MailboxLock.TakeAsync(transaction, mailbox);
        await FolderQueries.GetAsync(transaction, mailbox, folderId);
        var row = (await PropertyRow.ListAsync(transaction, mailbox.MailboxId, folderId, [request.Uid])).FirstOrDefault()
            ?? throw Refused.NoItem();
        if (request.Conditional && row.ModSeq > request.UnchangedSince)
            throw new RpcException(new Status(StatusCode.Aborted, "The item has changed meanwhile: read it again"));
        var bag = PropertySeal.Open(key, mailbox.MailboxId, row.BodyId, row.Properties);
        var itemClass = Apply(bag, row.Class, changes, removals, out var hasChanged);
        if (!hasChanged)
            return (row.ModSeq, false);
        CheckLimits(bag);
        var box = bag.Count == 0 ? null : PropertySeal.Seal(key, mailbox.MailboxId, row.BodyId, bag);
        var growth = (box?.Length ?? 0L) - (row.Properties?.Length ?? 0L);
        var modSeq = await ModSeqs.NextAsync(transaction, mailbox);
        if (await transaction.ExecuteAsync(TakeSpace, growth, mailbox.MailboxId) == 0)
            throw Refused.Exhausted("The mailbox has no room for these properties: its quota would be exceeded");
        await transaction.ExecuteAsync(UpdateItem, box, itemClass, modSeq, mailbox.MailboxId, folderId, (long)request.Uid);
        await transaction.ExecuteAsync(UpdateFolder, modSeq, growth, mailbox.MailboxId, folderId);
        return (modSeq, true);
    }

    /// <summary>The class under which the item is stored afterwards; what is longer than a known one stays in the bag.</summary>
    private static string Apply(
        PropertyBag bag, string itemClass, List<(PropertyKey Key, PropertyValue Value)> changes, List<PropertyKey> removals, out bool hasChanged)
    {
        var before = itemClass;
        hasChanged = false;
        foreach (var removal in removals)
            hasChanged |= bag.Remove(removal);
        foreach (var (name, value) in changes)
        {
            if (name == MessageProperties.MessageClass.Key)
            {
                var text = value.AsText() ?? "";
                itemClass = ItemClass.StoredAs(text);
                if (text == itemClass)
                {
                    hasChanged |= bag.Remove(name);
                    continue;
                }
            }

            if (value.Equals(bag.Find(name)))
                continue;
            bag.Set(name, value);
            hasChanged = true;
        }

        hasChanged |= itemClass != before;
        return itemClass;
    }

    private static void CheckLimits(PropertyBag bag)
    {
        if (bag.Count > PropertyLimits.CountMax || PropertyBagFormat.Write(bag).Length > PropertyLimits.BagOctetsMax)
            throw Refused.Exhausted($"An item has at most {PropertyLimits.CountMax} properties and {PropertyLimits.BagOctetsMax} octets of them");
    }
}
