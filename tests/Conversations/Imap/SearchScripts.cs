namespace Mailstead.Conversations.Imap;

/// <summary>SEARCH (RFC 9051 §6.4.4), ESEARCH (RFC 4731), SEARCHRES (RFC 5182).</summary>
public sealed class SearchScripts(ImapHouse house)
{
    private static readonly string[] Three =
    [
        "From: Smith <smith@x.test>\nTo: b@x.test\nSubject: first\nDate: Mon, 7 Feb 1994 21:52:25 -0800\n\nhello world\n",
        "From: Jones <jones@x.test>\nCc: c@x.test\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\nDate: Tue, 8 Feb 1994 01:00:00 +0000\nX-Mark:\n\nIMAP is large\n",
        "From: Smith <smith@y.test>\nSubject: third\n\n" + "0123456789012345678901234567890123456789012345678901234567890123456789\n",
    ];

    private const string Open =
        """
        C: open SELECT INBOX
        S: * FLAGS …
        S: * OK …
        S: …
        S: …
        S: …
        S: …
        S: …
        S: …
        S: …
        S: open OK …
        C: flags STORE 1 +FLAGS.SILENT (\Deleted \Seen $Fwd)
        S: * FLAGS …
        S: * OK [PERMANENTFLAGS …
        S: flags OK …

        """;

    [Theory]
    [InlineData("ALL", "1 2 3")]
    [InlineData("1,3", "1 3")]
    [InlineData("2:*", "2 3")]
    [InlineData("5:9", "")]
    [InlineData("UID 3:9", "3")]
    [InlineData("UID 9", "")]
    [InlineData("SEEN", "1")]
    [InlineData("UNSEEN", "2 3")]
    [InlineData("DELETED", "1")]
    [InlineData("UNDELETED", "2 3")]
    [InlineData("UNANSWERED UNFLAGGED UNDRAFT", "1 2 3")]
    [InlineData("ANSWERED", "")]
    [InlineData("OR FLAGGED DRAFT", "")]
    [InlineData("KEYWORD $fwd", "1")]
    [InlineData("UNKEYWORD $Fwd", "2 3")]
    [InlineData("KEYWORD never", "")]
    [InlineData("FROM Smith", "1 3")]
    [InlineData("FROM \"smith@y\"", "3")]
    [InlineData("TO b@x.test", "1")]
    [InlineData("CC c@", "2")]
    [InlineData("BCC x", "")]
    [InlineData("SUBJECT \"GRÜSSE\"", "")]
    [InlineData("SUBJECT \"grüße\"", "2")]
    [InlineData("HEADER X-Mark \"\"", "2")]
    [InlineData("HEADER Subject third", "3")]
    [InlineData("BODY WORLD", "1")]
    [InlineData("BODY smith", "")]
    [InlineData("TEXT smith", "1 3")]
    [InlineData("LARGER 130", "2")]
    [InlineData("SMALLER 121", "1 3")]
    [InlineData("ON 3-Feb-2026", "1 2 3")]
    [InlineData("SINCE \"4-Feb-2026\"", "")]
    [InlineData("BEFORE 3-Feb-2026", "")]
    [InlineData("SENTON 7-Feb-1994", "1")]
    [InlineData("SENTSINCE 8-Feb-1994", "2")]
    [InlineData("SENTBEFORE 8-Feb-1994", "1")]
    [InlineData("NOT (FROM Smith)", "2")]
    [InlineData("OR FROM Jones (SUBJECT third UNSEEN)", "2 3")]
    [InlineData("(1 2) NOT 1", "")]
    [InlineData("OLD", "1 2 3")]
    [InlineData("NEW", "")]
    [InlineData("RECENT", "")]
    [InlineData("CHARSET UTF-8 SUBJECT first", "1")]
    public Task Keys_find_what_RFC_9051_says(string keys, string numbers) => PlayAsync(
        $"""
        C: s SEARCH {keys}
        S: * SEARCH{(numbers.Length > 0 ? " " : "")}{numbers}
        S: s OK SEARCH completed
        """);

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData(" FROB")]
    [InlineData(" NOT")]
    [InlineData(" OR SEEN")]
    [InlineData(" (SEEN")]
    [InlineData(" SEEN)")]
    [InlineData(" LARGER x")]
    [InlineData(" LARGER -1")]
    [InlineData(" ON 31-Feb-2026")]
    [InlineData(" UID 0")]
    [InlineData(" RETURN (NOTHING) ALL")]
    [InlineData(" RETURN MIN ALL")]
    [InlineData(" HEADER Subject")]
    public Task Keys_that_are_none_are_bad(string keys) => PlayAsync($"C: s SEARCH{keys}\nS: s BAD …");

    [Fact]
    public Task An_unknown_charset_is_refused_with_those_that_are_known() => PlayAsync(
        """
        C: s SEARCH CHARSET KOI8-R ALL
        S: s NO [BADCHARSET (US-ASCII UTF-8)] …
        """);

    [Fact]
    public Task Results_are_told_as_RFC_4731_section_3_1_shows() => PlayAsync(
        """
        C: A282 SEARCH RETURN (MIN COUNT) UNSEEN
        S: * ESEARCH (TAG "A282") MIN 2 COUNT 2
        S: A282 OK SEARCH completed
        C: A283 SEARCH RETURN () UNSEEN
        S: * ESEARCH (TAG "A283") ALL 2:3
        S: A283 OK SEARCH completed
        C: A284 UID SEARCH RETURN (MIN MAX ALL COUNT) 1,3
        S: * ESEARCH (TAG "A284") UID MIN 1 MAX 3 ALL 1,3 COUNT 2
        S: A284 OK SEARCH completed
        C: A285 SEARCH RETURN (MIN ALL) FLAGGED
        S: * ESEARCH (TAG "A285")
        S: A285 OK SEARCH completed
        C: A286 SEARCH RETURN (COUNT) FLAGGED
        S: * ESEARCH (TAG "A286") COUNT 0
        S: A286 OK SEARCH completed
        C: A287 ENABLE IMAP4rev2
        S: * ENABLED IMAP4rev2
        S: A287 OK …
        C: A288 SEARCH UNSEEN
        S: * ESEARCH (TAG "A288") ALL 2:3
        S: A288 OK SEARCH completed
        """);

    [Fact]
    public Task The_last_result_can_be_used_as_RFC_5182_shows() => PlayAsync(
        """
        C: A282 SEARCH RETURN (SAVE) FROM Smith
        S: A282 OK SEARCH completed
        C: A283 FETCH $ UID
        S: * 1 FETCH (UID 1)
        S: * 3 FETCH (UID 3)
        S: A283 OK FETCH completed
        C: A284 UID SEARCH RETURN (COUNT) UID $ UNSEEN
        S: * ESEARCH (TAG "A284") UID COUNT 1
        S: A284 OK SEARCH completed
        C: A285 SEARCH $ UNSEEN
        S: * SEARCH 3
        S: A285 OK SEARCH completed
        C: A286 SEARCH RETURN (SAVE MIN MAX) ALL
        S: * ESEARCH (TAG "A286") MIN 1 MAX 3
        S: A286 OK SEARCH completed
        C: A287 UID STORE $ +FLAGS.SILENT (\Flagged)
        S: A287 OK STORE completed
        C: A288 SEARCH FLAGGED
        S: * SEARCH 1 3
        S: A288 OK SEARCH completed
        C: A289 SEARCH RETURN (SAVE MIN COUNT) ALL
        S: * ESEARCH (TAG "A289") MIN 1 COUNT 3
        S: A289 OK SEARCH completed
        C: A290 EXPUNGE
        S: * 1 EXPUNGE
        S: A290 OK EXPUNGE completed
        C: A291 FETCH $ UID
        S: * 1 FETCH (UID 2)
        S: * 2 FETCH (UID 3)
        S: A291 OK FETCH completed
        C: A292 SEARCH RETURN (SAVE) CHARSET KOI8-R ALL
        S: A292 NO [BADCHARSET (US-ASCII UTF-8)] …
        C: A293 FETCH $ UID
        S: A293 OK FETCH completed
        C: A294 SEARCH RETURN (SAVE) ALL
        S: A294 OK SEARCH completed
        C: A295 COPY $ Archive
        S: A295 OK [COPYUID … 2:3 1:2] COPY completed
        C: A296 UID EXPUNGE $
        S: A296 OK EXPUNGE completed
        """);

    private Task PlayAsync(string script) => ImapConversation.PlayAsync(house, Open + script, Three);
}
