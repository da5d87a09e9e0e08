using Mailstead.Protocols.Imap;

namespace Mailstead.Imap.Commands;

/// <summary>Which messages a command means.</summary>
internal static class Targets
{
    /// <summary>The uids, ascending. False: a sequence number that names no message (RFC 9051 §6.4.9 lets unknown UIDs pass).</summary>
    public static bool TrySelect(ImapArguments arguments, SequenceSet set, out uint[] uids)
    {
        var view = arguments.Session.View!;
        uids = [];
        if (!arguments.IsUid && set.Exceeds(view.Count))
            return false;
        uids = [.. view.Select(set, arguments.IsUid)];
        return true;
    }
}
