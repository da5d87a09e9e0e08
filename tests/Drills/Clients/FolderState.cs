using System.Collections.Concurrent;
using MailKit;

namespace Mailstead.Drills.Clients;

/// <summary>What a client knows of a folder, and up to which change (RFC 7162): all that it needs to be brought up to date.</summary>
internal sealed class FolderState
{
    // Looked at from outside while a connection changes it.
    private readonly ConcurrentDictionary<uint, string> flags = [];

    /// <summary>A message may vanish while what was asked about it is still on its way; no uid is given twice.</summary>
    private readonly ConcurrentDictionary<uint, bool> gone = [];

    public uint UidValidity { get; set; }

    public ulong ModSeq { get; set; }

    public IReadOnlyDictionary<uint, string> Flags => flags;

    public FolderState Copy()
    {
        var copy = new FolderState { UidValidity = UidValidity, ModSeq = ModSeq };
        foreach (var (uid, its) in flags)
            copy.flags[uid] = its;
        return copy;
    }

    public void Set(uint uid, MessageFlags? its, IEnumerable<string>? keywords)
    {
        if (gone.ContainsKey(uid))
            return;
        // \Recent is nobody's business but the session's.
        var words = (keywords ?? []).Order(StringComparer.Ordinal).Prepend($"{(its ?? MessageFlags.None) & ~MessageFlags.Recent}");
        flags[uid] = string.Join(' ', words);
    }

    public void Remove(IEnumerable<UniqueId> uids)
    {
        foreach (var uid in uids)
        {
            gone[uid.Id] = true;
            flags.TryRemove(uid.Id, out _);
        }
    }

    /// <summary>Empty: the same; else the first differences.</summary>
    public string DifferenceTo(IReadOnlyDictionary<uint, string> truth)
    {
        var wrong = truth.Where(item => flags.GetValueOrDefault(item.Key) != item.Value)
            .Select(item => $"UID {item.Key} is [{item.Value}], known as [{flags.GetValueOrDefault(item.Key, "nothing")}]")
            .Concat(flags.Keys.Where(uid => !truth.ContainsKey(uid)).Select(uid => $"UID {uid} is gone and still known"));
        return string.Join("; ", wrong.Take(3));
    }

    /// <summary>Has a folder's events change this state while it is selected.</summary>
    public void Follow(IMailFolder folder)
    {
        folder.MessagesVanished += (_, vanished) => Remove(vanished.UniqueIds);
        folder.MessageFlagsChanged += (_, changed) =>
        {
            if (changed.UniqueId is { } uid)
                Set(uid.Id, changed.Flags, changed.Keywords);
        };
    }

    /// <summary>Selects the folder and has the server tell what has happened since.</summary>
    public async Task ResynchronizeAsync(IMailFolder folder, CancellationToken cancellationToken)
    {
        if (UidValidity == 0)
        {
            await folder.OpenAsync(FolderAccess.ReadOnly, cancellationToken);
            UidValidity = folder.UidValidity;
        }
        else
        {
            await folder.OpenAsync(FolderAccess.ReadOnly, UidValidity, ModSeq, [.. flags.Keys.Order().Select(uid => new UniqueId(uid))], cancellationToken);
        }

        if (folder.UidValidity != UidValidity)
            throw new InvalidOperationException($"UIDVALIDITY of {folder.FullName} was {UidValidity} and is {folder.UidValidity}");
        ModSeq = folder.HighestModSeq;
    }
}
