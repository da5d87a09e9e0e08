using Mailstead.Mailboxes.Bodies;
using Mailstead.Mailboxes.Changes;

namespace Mailstead.Mailboxes.Search;

/// <summary>An item under question; its content is opened at most once, and only if asked for.</summary>
internal sealed class SearchedItem(IndexEntry entry, Func<ValueTask<ItemContent?>> open) : IDisposable
{
    private ItemContent? content;
    private bool isOpen;

    public IndexEntry Entry { get; } = entry;

    /// <summary>Null: the item has gone.</summary>
    public async ValueTask<ItemContent?> ContentAsync()
    {
        if (!isOpen)
            content = await open();
        isOpen = true;
        return content;
    }

    public void Dispose() => content?.Dispose();
}
