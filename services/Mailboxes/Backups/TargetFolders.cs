using Grpc.Core;
using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Mailboxes.Folders;

namespace Mailstead.Mailboxes.Backups;

/// <summary>The folders that items of a backup go to: those that are there, and those that have to be made.</summary>
internal sealed class TargetFolders(ListFolders listFolders, CreateFolder createFolder, MailboxRef mailbox)
{
    private List<Folder> folders = [];

    public async Task LoadAsync(CancellationToken cancellationToken) =>
        folders = [.. (await listFolders.RunAsync(new ListFoldersRequest { Mailbox = mailbox }, cancellationToken)).Folders];

    /// <summary>Where it was: the folder itself, whatever it is called now; else one like it.</summary>
    public async Task<Guid> FindOriginalAsync(PastFolder past, CancellationToken cancellationToken)
    {
        var same = folders.Find(folder => folder.FolderId == past.Row.FolderId.ToString())
            ?? folders.Find(folder => folder.Role == past.Row.Role && past.Row.Role != FolderRole.NoRole);
        return same is not null ? Guid.Parse(same.FolderId) : await FindAsync(past.Path, past.Row.ContainerClass, cancellationToken);
    }

    /// <summary>The folder of this path, made with those above it when absent.</summary>
    public async Task<Guid> FindAsync(IReadOnlyList<string> path, string containerClass, CancellationToken cancellationToken)
    {
        var parentId = "";
        for (var level = 0; level < path.Count; level++)
            parentId = await FindAsync(parentId, path[level], level == path.Count - 1 ? containerClass : "", cancellationToken);
        return Guid.Parse(parentId);
    }

    private async Task<string> FindAsync(string parentId, string name, string containerClass, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (folders.Find(folder => folder.ParentId == parentId && folder.Name == name) is { } there)
                return there.FolderId;
            try
            {
                var made = await createFolder.RunAsync(
                    new CreateFolderRequest { Mailbox = mailbox, ParentId = parentId, Name = name, ContainerClass = containerClass }, cancellationToken);
                folders.Add(made.Folder);
            }
            catch (RpcException made) when (made.StatusCode == StatusCode.AlreadyExists)
            {
                // By its owner, in the meantime.
                await LoadAsync(cancellationToken);
            }
        }
    }
}
