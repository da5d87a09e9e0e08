using System.Data.Common;
using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Persistence.Databases;
using Mailstead.Persistence.Encryption;

namespace Mailstead.Mailboxes.Folders;

/// <summary>A folder as it is stored.</summary>
internal sealed record FolderRow
{
    public const string Columns =
        "f.folder_id, f.parent_id, f.role, f.container_class, f.sealed_name, f.uid_validity, f.uid_next, f.highest_modseq, "
        + "f.message_count, f.unseen_count, f.size_bytes, f.subscribed, m.sealed_keywords";

    public required Guid FolderId { get; init; }

    public required Guid ParentId { get; init; }

    public required FolderRole Role { get; init; }

    public required string ContainerClass { get; init; }

    public required byte[] SealedName { get; init; }

    public required uint UidValidity { get; init; }

    public required uint UidNext { get; init; }

    public required long HighestModSeq { get; init; }

    public required long MessageCount { get; init; }

    public required long UnseenCount { get; init; }

    public required long SizeBytes { get; init; }

    public required bool IsSubscribed { get; init; }

    /// <summary>The mailbox's keywords come with every folder: flags make no sense without them.</summary>
    public required byte[]? SealedKeywords { get; init; }

    public static FolderRow Read(DbDataReader reader) => new()
    {
        FolderId = reader.GetId(0),
        ParentId = reader.GetId(1),
        Role = (FolderRole)reader.GetInt32(2),
        ContainerClass = reader.GetString(3),
        SealedName = reader.GetOctets(4),
        UidValidity = (uint)reader.GetInt64(5),
        UidNext = (uint)reader.GetInt64(6),
        HighestModSeq = reader.GetInt64(7),
        MessageCount = reader.GetInt64(8),
        UnseenCount = reader.GetInt64(9),
        SizeBytes = reader.GetInt64(10),
        IsSubscribed = reader.GetBoolean(11),
        SealedKeywords = reader.GetOptionalOctets(12),
    };

    public Folder ToMessage(DataKey key, Guid mailboxId) => new()
    {
        FolderId = FolderId.ToString(),
        ParentId = ParentId == Guid.Empty ? "" : ParentId.ToString(),
        Name = FolderNames.Open(key, mailboxId, FolderId, SealedName),
        Role = Role,
        UidValidity = UidValidity,
        UidNext = UidNext,
        HighestModseq = HighestModSeq,
        MessageCount = MessageCount,
        UnseenCount = UnseenCount,
        SizeBytes = SizeBytes,
        Subscribed = IsSubscribed,
        ContainerClass = ContainerClass,
    };
}
