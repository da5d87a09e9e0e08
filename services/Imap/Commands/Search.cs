using Mailstead.Contracts;
using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Imap.Sessions;
using Mailstead.Protocols.Imap;

namespace Mailstead.Imap.Commands;

/// <summary>SEARCH (RFC 9051 §6.4.4) with ESEARCH results (RFC 4731) that can be kept (RFC 5182).</summary>
internal sealed class Search(MailboxesApi.MailboxesApiClient mailboxes)
{
    public async Task<ImapReply> RunAsync(ImapArguments arguments, CancellationToken cancellationToken)
    {
        var session = arguments.Session;
        var view = session.View!;
        var parsed = Parse(arguments);
        var saves = parsed.Returns?.Contains("SAVE") == true;
        // RFC 5182 §2.1: what fails leaves nothing saved.
        if (saves)
            view.LastSearch = [];
        if (parsed.Failure is { } failure)
            return failure;
        session.HasCondStore |= parsed.HasModSeq;
        var response = await mailboxes.SearchAsync(
            new SearchRequest { Mailbox = view.Mailbox, FolderId = view.FolderId, Key = parsed.Key }, cancellationToken: cancellationToken);
        // Only what the client knows of: what came since has no number yet.
        var found = new List<uint>();
        foreach (var uid in Packed.Read<uint>(response.Uids))
        {
            if (view.IndexOf(uid) >= 0)
                found.Add(uid);
        }

        if (saves)
            view.LastSearch = Saved(parsed.Returns!, found);
        var modSeq = parsed.HasModSeq ? await ModSeqAsync(session, view, parsed.Returns, found, response, cancellationToken) : 0;
        var told = arguments.IsUid ? found : found.ConvertAll(uid => (uint)view.IndexOf(uid) + 1);
        if (parsed.Returns is null && !session.IsRev2)
            await WriteClassicAsync(session, told, modSeq, cancellationToken);
        else if (parsed.Returns is not ["SAVE"])
            WriteExtended(arguments, parsed.Returns ?? ["ALL"], told, modSeq);
        return ImapReply.Ok("SEARCH completed");
    }

    /// <summary>RFC 5182 §2.4: with MIN or MAX alone, only those; with ALL or COUNT, all.</summary>
    private static uint[] Saved(List<string> returns, List<uint> found) => IsEndsOnly(returns) ? Ends(returns, found) : [.. found];

    private static bool IsEndsOnly(List<string> returns) =>
        (returns.Contains("MIN") || returns.Contains("MAX")) && !returns.Contains("ALL") && !returns.Contains("COUNT");

    private static uint[] Ends(List<string> returns, List<uint> found)
    {
        var ends = new SortedSet<uint>();
        if (returns.Contains("MIN") && found.Count > 0)
            ends.Add(found[0]);
        if (returns.Contains("MAX") && found.Count > 0)
            ends.Add(found[^1]);
        return [.. ends];
    }

    /// <summary>RFC 7162 §3.1.10: the highest modseq of the messages that are told.</summary>
    private async Task<long> ModSeqAsync(
        ImapSession session, FolderView view, List<string>? returns, List<uint> found, SearchResponse response, CancellationToken cancellationToken)
    {
        if (returns is null || found.Count == 0 || !IsEndsOnly(returns))
            return response.HighestModseq;
        var ends = await mailboxes.SearchAsync(
            new SearchRequest
            {
                Mailbox = view.Mailbox,
                FolderId = view.FolderId,
                Uids = Packed.Copy<uint>(Ends(returns, found)),
                Key = new SearchKey { All = true },
            },
            cancellationToken: cancellationToken);
        return ends.HighestModseq;
    }

    private static async ValueTask WriteClassicAsync(ImapSession session, List<uint> found, long modSeq, CancellationToken cancellationToken)
    {
        session.Output.Text("* SEARCH");
        foreach (var number in found)
        {
            session.Output.Text(" ").Number(number);
            if (session.Output.WantsFlush)
                await session.FlushAsync(cancellationToken);
        }

        if (modSeq > 0 && found.Count > 0)
            session.Output.Text(" (MODSEQ ").Number(modSeq).Text(")");
        session.Output.Line();
    }

    private static void WriteExtended(ImapArguments arguments, List<string> returns, List<uint> found, long modSeq)
    {
        var output = arguments.Session.Output;
        var tag = System.Text.Encoding.ASCII.GetString(arguments.Text.Octets.Span[..arguments.Text.Octets.Span.IndexOf((byte)' ')]);
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

    private static (SearchKey Key, List<string>? Returns, bool HasModSeq, ImapReply? Failure) Parse(ImapArguments arguments)
    {
        var reader = arguments.Reader;
        List<string>? returns = null;
        if (reader.TryWord("RETURN") && !(reader.TrySpace() && TryReturns(ref reader, out returns) && reader.TrySpace()))
            return (new SearchKey(), null, false, ImapReply.Bad("RETURN takes a list of MIN, MAX, ALL, COUNT and SAVE"));
        if (reader.TryWord("CHARSET"))
        {
            if (!reader.TrySpace() || !reader.TryAString(out string charset) || !reader.TrySpace())
                return (new SearchKey(), null, false, ImapReply.Bad("CHARSET needs a name"));
            if (!charset.Equals("UTF-8", StringComparison.OrdinalIgnoreCase) && !charset.Equals("US-ASCII", StringComparison.OrdinalIgnoreCase))
                return (new SearchKey(), returns, false, ImapReply.No("BADCHARSET (US-ASCII UTF-8)", "That charset is not known"));
        }

        var keys = new SearchKeyReader(arguments.Session.View!);
        return keys.TryReadAll(ref reader, out var key) && reader.AtEnd
            ? (key, returns, keys.HasModSeq, null)
            : (key, null, false, ImapReply.Bad("SEARCH does not understand these keys, or they are too many or too deep"));
    }

    private static bool TryReturns(ref ImapReader reader, out List<string>? returns)
    {
        returns = [];
        if (!reader.TryRead('('))
            return false;
        while (reader.Peek != ')')
        {
            if (!reader.TryAtom(out var word) || word.ToUpperInvariant() is not ("MIN" or "MAX" or "ALL" or "COUNT" or "SAVE"))
                return false;
            if (!returns.Contains(word.ToUpperInvariant()))
                returns.Add(word.ToUpperInvariant());
            if (!reader.TrySpace())
                break;
        }

        if (returns.Count == 0)
            returns.Add("ALL");
        return reader.TryRead(')');
    }
}
