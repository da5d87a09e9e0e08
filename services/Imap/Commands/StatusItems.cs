using Mailstead.Contracts;
using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Imap.Responses;
using Mailstead.Imap.Sessions;
using Mailstead.Protocols.Imap;

namespace Mailstead.Imap.Commands;

/// <summary>The items of STATUS (RFC 9051 §7.3.4), also as LIST returns them (RFC 5819).</summary>
internal static class StatusItems
{
    private static readonly string[] Known =
        ["MESSAGES", "RECENT", "UIDNEXT", "UIDVALIDITY", "UNSEEN", "DELETED", "DELETED-STORAGE", "SIZE", "HIGHESTMODSEQ", "APPENDLIMIT", "MAILBOXID"];

    public static bool TryRead(ref ImapReader reader, out List<string> items)
    {
        items = [];
        if (!reader.TryRead('('))
            return false;
        do
        {
            if (!reader.TryAtom(out var item) || !Known.Contains(item.ToUpperInvariant()))
                return false;
            items.Add(item.ToUpperInvariant());
        }
        while (reader.TrySpace());
        return reader.TryRead(')');
    }

    public static async Task WriteAsync(
        MailboxesApi.MailboxesApiClient mailboxes, ImapSession session, string path, FolderPlace place, List<string> items,
        CancellationToken cancellationToken)
    {
        var folder = place.Folder;
        var needsDeleted = items.Exists(item => item.StartsWith("DELETED", StringComparison.Ordinal));
        var deleted = needsDeleted ? await FindDeletedAsync(mailboxes, place, cancellationToken) : default;
        if (items.Contains("HIGHESTMODSEQ"))
            session.HasCondStore = true;
        session.Output.Text("* STATUS ");
        FolderPaths.Write(session, path);
        session.Output.Text(" (");
        for (var i = 0; i < items.Count; i++)
            session.Output.Text($"{(i > 0 ? " " : "")}{items[i]} {ValueOf(folder, items[i], deleted)}");
        session.Output.Text(")\r\n");
    }

    private static string ValueOf(Folder folder, string item, (long Count, long Octets) deleted) => item switch
    {
        "MESSAGES" => Text(folder.MessageCount),
        "UIDNEXT" => Text(folder.UidNext),
        "UIDVALIDITY" => Text(folder.UidValidity),
        "UNSEEN" => Text(folder.UnseenCount),
        "DELETED" => Text(deleted.Count),
        // RFC 9208 §4.1.4: octets here, though quotas are told in kilobytes.
        "DELETED-STORAGE" => Text(deleted.Octets),
        "SIZE" => Text(folder.SizeBytes),
        "HIGHESTMODSEQ" => Text(folder.HighestModseq),
        "APPENDLIMIT" => Text(ImapLimits.MessageOctetsMax),
        "MAILBOXID" => $"({Objects.IdOf(folder.FolderId)})",
        _ => "0",
    };

    private static string Text(long number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private static async Task<(long Count, long Octets)> FindDeletedAsync(
        MailboxesApi.MailboxesApiClient mailboxes, FolderPlace place, CancellationToken cancellationToken)
    {
        var found = await mailboxes.SearchAsync(
            new SearchRequest { Mailbox = place.Mailbox, FolderId = place.Folder.FolderId, Key = new SearchKey { FlagsSet = 1UL << (int)SystemFlag.Deleted } },
            cancellationToken: cancellationToken);
        if (found.Uids.IsEmpty)
            return default;
        var index = await mailboxes.ReadIndexAsync(
            new ReadIndexRequest { Mailbox = place.Mailbox, FolderId = place.Folder.FolderId, Uids = found.Uids, Sizes = true },
            cancellationToken: cancellationToken);
        long octets = 0;
        foreach (var size in Packed.Read<long>(index.Sizes))
            octets += size;
        return (index.Uids.Length / sizeof(uint), octets);
    }
}
