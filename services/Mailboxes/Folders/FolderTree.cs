namespace Mailstead.Mailboxes.Folders;

/// <summary>How folders stand to each other.</summary>
internal static class FolderTree
{
    /// <summary>Can folders of <paramref name="levels"/> levels stand under this parent?</summary>
    /// <exception cref="Grpc.Core.RpcException">NOT_FOUND: no such mailbox or parent. RESOURCE_EXHAUSTED: too deep.</exception>
    public static void CheckPlace(List<FolderRow> folders, Guid parentId, int levels)
    {
        if (folders.Count == 0)
            throw Refused.NoMailbox();
        var depth = levels;
        for (var at = parentId; at != Guid.Empty; depth++)
        {
            var parent = folders.Find(folder => folder.FolderId == at) ?? throw Refused.NoFolder();
            at = parent.ParentId;
            if (depth >= MailboxLimits.FolderDepthMax)
                throw Refused.Exhausted($"Folders nest at most {MailboxLimits.FolderDepthMax} deep");
        }
    }

    public static int LevelsUnder(List<FolderRow> folders, Guid folderId) =>
        1 + folders.Where(folder => folder.ParentId == folderId).Select(child => LevelsUnder(folders, child.FolderId)).DefaultIfEmpty(0).Max();

    public static bool IsInside(List<FolderRow> folders, Guid candidate, Guid folderId)
    {
        for (var at = candidate; at != Guid.Empty; at = folders.Find(folder => folder.FolderId == at)?.ParentId ?? Guid.Empty)
        {
            if (at == folderId)
                return true;
        }

        return false;
    }
}
