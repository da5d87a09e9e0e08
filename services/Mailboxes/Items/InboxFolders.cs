using System.Collections.Concurrent;
using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Mailboxes.Folders;
using Mailstead.Persistence.Databases;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Mailboxes.Items;

/// <summary>The ids of special folders. They live as long as their mailbox, so that they may be remembered.</summary>
internal sealed class InboxFolders([FromKeyedServices("mailboxes")] Database database)
{
    private const int EntriesMax = 500_000;

    private readonly ConcurrentDictionary<(MailboxName Mailbox, FolderRole Role), Guid> known = new();

    /// <exception cref="Grpc.Core.RpcException">NOT_FOUND.</exception>
    public async ValueTask<Guid> FindAsync(MailboxName mailbox, FolderRole role, CancellationToken cancellationToken)
    {
        if (known.TryGetValue((mailbox, role), out var remembered))
            return remembered;
        var folders = await database.ReadAsync(
            mailbox.Scope, transaction => FolderQueries.ListAsync(transaction, mailbox), cancellationToken);
        var folder = folders.Find(row => row.Role == role) ?? throw Refused.NoMailbox();
        if (known.Count >= EntriesMax)
            known.Clear();
        known[(mailbox, role)] = folder.FolderId;
        return folder.FolderId;
    }

    /// <summary>The mailbox was deleted, and perhaps made again, since the folder was remembered.</summary>
    public void Forget(MailboxName mailbox, FolderRole role) => known.TryRemove((mailbox, role), out _);
}
