using Mailstead.Protocols.Imap;

namespace Mailstead.Imap.Commands;

/// <summary>Which messages a command means.</summary>
internal static class Targets
{
    /// <summary>The uids, ascending. False: a sequence number that names no message (RFC 9051 §6.4.9 lets unknown UIDs pass).</summary>
    public static bool TrySelect(ImapArguments arguments, SequenceSet set, out uint[] uids)
    {
        var view = arguments.Session.View!;
        if (arguments.IsUid)
        {
            uids = [.. set.Select(view.Uids)];
            return true;
        }

        uids = [];
        if (set.Exceeds(view.Count))
            return false;
        var indexes = set.ToIndexes(view.Count);
        var all = view.Uids;
        uids = new uint[indexes.Count];
        for (var i = 0; i < uids.Length; i++)
            uids[i] = all[indexes[i]];
        return true;
    }
}
