using Mailstead.Contracts;
using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Imap.Sessions;
using Mailstead.Protocols.Imap;

namespace Mailstead.Imap.Commands;

/// <summary>SEARCH (RFC 9051 §6.4.4) with ESEARCH results (RFC 4731).</summary>
internal sealed class Search(MailboxesApi.MailboxesApiClient mailboxes)
{
    public async Task<ImapReply> RunAsync(ImapArguments arguments, CancellationToken cancellationToken)
    {
        var session = arguments.Session;
        var view = session.View!;
        var parsed = Parse(arguments);
        if (parsed.Failure is { } failure)
            return failure;
        var response = await mailboxes.SearchAsync(
            new SearchRequest { Mailbox = session.Mailbox, FolderId = view.FolderId, Key = parsed.Key }, cancellationToken: cancellationToken);
        // Only what the client knows of: what came since has no number yet.
        var found = new List<uint>();
        foreach (var uid in Packed.Read<uint>(response.Uids))
        {
            if (view.IndexOf(uid) is >= 0 and var index)
                found.Add(arguments.IsUid ? uid : (uint)index + 1);
        }

        if (parsed.Returns is { } returns)
            WriteExtended(arguments, returns, found, parsed.HasModSeq ? response.HighestModseq : 0);
        else if (session.IsRev2)
            WriteExtended(arguments, ["ALL"], found, parsed.HasModSeq ? response.HighestModseq : 0);
        else
            WriteClassic(session, found, parsed.HasModSeq ? response.HighestModseq : 0);
        return ImapReply.Ok("SEARCH completed");
    }

    private static void WriteClassic(ImapSession session, List<uint> found, long modSeq)
    {
        session.Output.Text("* SEARCH");
        foreach (var number in found)
            session.Output.Text(" ").Number(number);
        if (modSeq > 0 && found.Count > 0)
            session.Output.Text(" (MODSEQ ").Number(modSeq).Text(")");
        session.Output.Line();
    }

    private static void WriteExtended(ImapArguments arguments, HashSet<string> returns, List<uint> found, long modSeq)
    {
        var output = arguments.Session.Output;
        var tag = System.Text.Encoding.ASCII.GetString(arguments.Text.Octets.Span).Split(' ')[0];
        output.Text($"* ESEARCH (TAG \"{tag}\")");
        if (arguments.IsUid)
            output.Text(" UID");
        if (returns.Contains("MIN") && found.Count > 0)
            output.Text(" MIN ").Number(found[0]);
        if (returns.Contains("MAX") && found.Count > 0)
            output.Text(" MAX ").Number(found[^1]);
        if (returns.Contains("ALL") && found.Count > 0)
            output.Text(" ALL ").Set(found);
        if (returns.Contains("COUNT"))
            output.Text(" COUNT ").Number(found.Count);
        if (modSeq > 0 && found.Count > 0)
            output.Text(" MODSEQ ").Number(modSeq);
        output.Line();
    }

    private static (SearchKey Key, HashSet<string>? Returns, bool HasModSeq, ImapReply? Failure) Parse(ImapArguments arguments)
    {
        var reader = arguments.Reader;
        HashSet<string>? returns = null;
        if (reader.TryWord("RETURN") && !(reader.TrySpace() && TryReturns(ref reader, out returns) && reader.TrySpace()))
            return (new SearchKey(), null, false, ImapReply.Bad("RETURN takes a list of MIN, MAX, ALL and COUNT"));
        if (reader.TryWord("CHARSET"))
        {
            if (!reader.TrySpace() || !reader.TryAString(out string charset) || !reader.TrySpace())
                return (new SearchKey(), null, false, ImapReply.Bad("CHARSET needs a name"));
            if (!charset.Equals("UTF-8", StringComparison.OrdinalIgnoreCase) && !charset.Equals("US-ASCII", StringComparison.OrdinalIgnoreCase))
                return (new SearchKey(), null, false, ImapReply.No("BADCHARSET (US-ASCII UTF-8)", "That charset is not known"));
        }

        var keys = new SearchKeyReader(arguments.Session.View!);
        return keys.TryReadAll(ref reader, out var key) && reader.AtEnd
            ? (key, returns, keys.HasModSeq, null)
            : (key, null, false, ImapReply.Bad("SEARCH does not understand these keys"));
    }

    private static bool TryReturns(ref ImapReader reader, out HashSet<string>? returns)
    {
        returns = new(StringComparer.OrdinalIgnoreCase);
        if (!reader.TryRead('('))
            return false;
        while (reader.Peek != ')')
        {
            if (!reader.TryAtom(out var word) || word.ToUpperInvariant() is not ("MIN" or "MAX" or "ALL" or "COUNT"))
                return false;
            returns.Add(word);
            if (!reader.TrySpace())
                break;
        }

        if (returns.Count == 0)
            returns.Add("ALL");
        return reader.TryRead(')');
    }
}
