using System.Text;
using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Persistence.Encryption;

namespace Mailstead.Mailboxes.Folders;

/// <summary>Folder names: what is allowed, how they are sealed and found again.</summary>
internal static class FolderNames
{
    /// <summary>The folders that every mailbox has, by their Exchange names.</summary>
    public static readonly IReadOnlyList<(FolderRole Role, string Name, string ContainerClass)> Special =
    [
        (FolderRole.Inbox, "Inbox", "IPF.Note"),
        (FolderRole.Drafts, "Drafts", "IPF.Note"),
        (FolderRole.Sent, "Sent Items", "IPF.Note"),
        (FolderRole.Trash, "Deleted Items", "IPF.Note"),
        (FolderRole.Junk, "Junk E-mail", "IPF.Note"),
        (FolderRole.Archive, "Archive", "IPF.Note"),
        (FolderRole.Calendar, "Calendar", "IPF.Appointment"),
        (FolderRole.Contacts, "Contacts", "IPF.Contact"),
        (FolderRole.Tasks, "Tasks", "IPF.Task"),
        (FolderRole.Notes, "Notes", "IPF.StickyNote"),
    ];

    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT, saying what is wrong with it.</exception>
    public static void Check(string name)
    {
        if (name.Length is 0 or > MailboxLimits.FolderNameMax)
            throw Refused.Invalid($"A folder name has 1 to {MailboxLimits.FolderNameMax} characters");
        if (name.Any(character => char.IsControl(character) || character == '/'))
            throw Refused.Invalid("A folder name has no '/' and no control characters");
    }

    public static byte[] Seal(DataKey key, Guid mailboxId, Guid folderId, string name) =>
        key.Seal(Encoding.UTF8.GetBytes(name), Context(mailboxId, folderId));

    public static string Open(DataKey key, Guid mailboxId, Guid folderId, byte[] sealedName) =>
        Encoding.UTF8.GetString(key.Open(sealedName, Context(mailboxId, folderId)));

    /// <summary>INBOX is one name in any case (RFC 9051 §5.1); others differ by case.</summary>
    public static byte[] Index(DataKey key, string name) =>
        key.BlindIndex(Encoding.UTF8.GetBytes(name.Equals("inbox", StringComparison.OrdinalIgnoreCase) ? "Inbox" : name), "folder name");

    private static byte[] Context(Guid mailboxId, Guid folderId) =>
        [.. "folder name"u8, .. mailboxId.ToByteArray(), .. folderId.ToByteArray()];
}
