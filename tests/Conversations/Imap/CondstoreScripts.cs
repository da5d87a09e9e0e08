namespace Mailstead.Conversations.Imap;

/// <summary>CONDSTORE and QRESYNC (RFC 7162). The mailbox is new: its modseq is 1, and each change takes the next.</summary>
public sealed class CondstoreScripts(ImapHouse house)
{
    [Fact]
    public Task A_conditional_store_changes_what_has_not_changed_and_names_the_rest() => ImapConversation.PlayAsync(
        house,
        Select("a", "INBOX (CONDSTORE)", 3, 4)
        + """
        C: b STORE 2 +FLAGS.SILENT (\Flagged)
        S: * 2 FETCH (UID 2 MODSEQ (5))
        S: b OK STORE completed
        C: c STORE 1:3 (UNCHANGEDSINCE 4) +FLAGS.SILENT (\Seen)
        S: * 1 FETCH (UID 1 MODSEQ (6))
        S: * 3 FETCH (UID 3 MODSEQ (6))
        S: c OK [MODIFIED 2] …
        C: d UID STORE 1,3 (UNCHANGEDSINCE 6) -FLAGS (\Seen)
        S: * 1 FETCH (UID 1 FLAGS () MODSEQ (7))
        S: * 3 FETCH (UID 3 FLAGS () MODSEQ (7))
        S: d OK STORE completed
        C: e UID STORE 1:3 (UNCHANGEDSINCE 1) FLAGS (\Deleted)
        S: e OK [MODIFIED 1,2,3] …
        C: f STORE 1 (UNCHANGEDSINCE 0) +FLAGS ($New)
        S: * FLAGS (\Seen \Answered \Flagged \Deleted \Draft $New)
        S: * OK [PERMANENTFLAGS (\Seen \Answered \Flagged \Deleted \Draft $New \*)] …
        S: f OK [MODIFIED 1] …
        C: g FETCH 1:3 (FLAGS) (CHANGEDSINCE 5)
        S: * 1 FETCH (FLAGS () MODSEQ (7))
        S: * 3 FETCH (FLAGS () MODSEQ (7))
        S: g OK FETCH completed
        C: h FETCH 1:3 (FLAGS) (CHANGEDSINCE 7)
        S: h OK FETCH completed
        C: i SEARCH MODSEQ 6
        S: * SEARCH 1 3 (MODSEQ 7)
        S: i OK SEARCH completed
        C: j SEARCH MODSEQ "/flags/\\draft" all 7
        S: * SEARCH 1 3 (MODSEQ 7)
        S: j OK SEARCH completed
        C: k SEARCH RETURN (MIN) OR MODSEQ 5 UNSEEN
        S: * ESEARCH (TAG "k") MIN 1 MODSEQ 7
        S: k OK SEARCH completed
        C: l SEARCH RETURN (ALL) MODSEQ 5
        S: * ESEARCH (TAG "l") ALL 1:3 MODSEQ 7
        S: l OK SEARCH completed
        C: m SEARCH MODSEQ 99
        S: * SEARCH
        S: m OK SEARCH completed
        C: n STORE 1 (CHANGEDSINCE 4) FLAGS ()
        S: n BAD …
        """,
        SampleMessages.Small, SampleMessages.Small, SampleMessages.Small);

    [Theory]
    [InlineData("STATUS INBOX (HIGHESTMODSEQ)", "STATUS \"INBOX\" (HIGHESTMODSEQ 2)")]
    [InlineData("FETCH 1 (MODSEQ)", "1 FETCH (MODSEQ (2))")]
    [InlineData("SEARCH MODSEQ 2", "SEARCH 1 (MODSEQ 2)")]
    [InlineData("FETCH 1 (FLAGS) (CHANGEDSINCE 1)", "1 FETCH (FLAGS () MODSEQ (2))")]
    [InlineData("ENABLE CONDSTORE", "ENABLED CONDSTORE")]
    public Task Who_shows_that_it_knows_modseqs_hears_them_from_then_on(string command, string answer) => ImapConversation.PlayAsync(
        house,
        Select("a", "INBOX", 1, 2)
        + $"""
        C: b STORE 1 +FLAGS (\Seen)
        S: * 1 FETCH (FLAGS (\Seen))
        S: b OK STORE completed
        C: c STORE 1 FLAGS ()
        S: * 1 FETCH (FLAGS ())
        S: c OK STORE completed
        C: d {command}
        S: * {answer.Replace("2)", "4)", StringComparison.Ordinal).Replace("MODSEQ 2", "MODSEQ 4", StringComparison.Ordinal)}
        S: d OK …
        C: e STORE 1 +FLAGS (\Answered)
        S: * 1 FETCH (FLAGS (\Answered) MODSEQ (5))
        S: e OK STORE completed
        """,
        SampleMessages.Small);

    [Fact]
    public Task QRESYNC_needs_to_be_enabled() => ImapConversation.PlayAsync(
        house,
        """
        C: a SELECT INBOX (QRESYNC (1770091506 1))
        S: a BAD …
        C: b ENABLE QRESYNC
        S: * ENABLED QRESYNC
        S: b OK …
        C: c SELECT INBOX (QRESYNC (1770091506 1) FROB)
        S: c BAD …
        C: d SELECT INBOX (QRESYNC 1)
        S: d BAD …
        """);

    [Fact]
    public Task A_client_that_comes_back_hears_what_vanished_and_what_changed() => ImapConversation.PlayAsync(
        house,
        Select("a", "INBOX", 5, 6)
        + """
        C: b STORE 2,4 +FLAGS.SILENT (\Deleted)
        S: b OK STORE completed
        C: c EXPUNGE
        S: * 4 EXPUNGE
        S: * 2 EXPUNGE
        S: c OK EXPUNGE completed
        C: d UID STORE 5 +FLAGS (\Seen)
        S: * 3 FETCH (UID 5 FLAGS (\Seen))
        S: d OK STORE completed
        C: e APPEND INBOX {3+}
        C: new
        S: * 4 EXISTS
        S: * 0 RECENT
        S: e OK [APPENDUID 1770091506 6] APPEND completed
        C2: a ENABLE QRESYNC
        S2: * ENABLED QRESYNC
        S2: a OK ENABLE completed
        C2: b SELECT INBOX (QRESYNC (1770091506 6))
        S2: * FLAGS …
        S2: …
        S2: * 4 EXISTS
        S2: …
        S2: …
        S2: …
        S2: …
        S2: * OK [HIGHESTMODSEQ 10] …
        S2: …
        S2: * VANISHED (EARLIER) 2,4
        S2: * 3 FETCH (UID 5 FLAGS (\Seen) MODSEQ (9))
        S2: * 4 FETCH (UID 6 FLAGS () MODSEQ (10))
        S2: b OK [READ-WRITE] SELECT completed
        C2: c SELECT INBOX (QRESYNC (1770091506 6 3:5 (1,3 1,5)))
        S2: * OK [CLOSED] …
        S2: * FLAGS …
        S2: …
        S2: …
        S2: …
        S2: …
        S2: …
        S2: …
        S2: …
        S2: …
        S2: * VANISHED (EARLIER) 4
        S2: * 3 FETCH (UID 5 FLAGS (\Seen) MODSEQ (9))
        S2: c OK [READ-WRITE] SELECT completed
        C2: d SELECT INBOX (QRESYNC (12345 6))
        S2: * OK [CLOSED] …
        S2: * FLAGS …
        S2: …
        S2: …
        S2: …
        S2: …
        S2: …
        S2: …
        S2: …
        S2: …
        S2: d OK [READ-WRITE] SELECT completed
        C2: e UID FETCH 3:* (FLAGS) (CHANGEDSINCE 6 VANISHED)
        S2: * VANISHED (EARLIER) 4
        S2: * 3 FETCH (UID 5 FLAGS (\Seen) MODSEQ (9))
        S2: * 4 FETCH (UID 6 FLAGS () MODSEQ (10))
        S2: e OK FETCH completed
        C2: f UID FETCH 100:* (FLAGS) (CHANGEDSINCE 6 VANISHED)
        S2: * 4 FETCH (UID 6 FLAGS () MODSEQ (10))
        S2: f OK FETCH completed
        C2: g FETCH 1:* (FLAGS) (CHANGEDSINCE 6 VANISHED)
        S2: g BAD …
        C2: h UID FETCH 1:* (FLAGS) (VANISHED)
        S2: h BAD …
        C: f UID FETCH 1:* (FLAGS) (CHANGEDSINCE 6 VANISHED)
        S: f BAD …
        """,
        SampleMessages.Small, SampleMessages.Small, SampleMessages.Small, SampleMessages.Small, SampleMessages.Small);

    [Fact]
    public Task Who_enabled_QRESYNC_hears_VANISHED_and_the_modseq_after_it() => ImapConversation.PlayAsync(
        house,
        """
        C: a0 ENABLE QRESYNC
        S: * ENABLED QRESYNC
        S: a0 OK …

        """
        + Select("a", "INBOX", 4, 5)
        + """
        C: b STORE 1,2 +FLAGS (\Deleted)
        S: * 1 FETCH (UID 1 FLAGS (\Deleted) MODSEQ (6))
        S: * 2 FETCH (UID 2 FLAGS (\Deleted) MODSEQ (6))
        S: b OK STORE completed
        C: c UID EXPUNGE 2:4
        S: * VANISHED 2
        S: c OK [HIGHESTMODSEQ 7] EXPUNGE completed
        C: d UID EXPUNGE 3
        S: d OK EXPUNGE completed
        C: e EXPUNGE
        S: * VANISHED 1
        S: e OK [HIGHESTMODSEQ 8] EXPUNGE completed
        C: f MOVE 1 Archive
        S: * OK [COPYUID … 3 1] Moved
        S: * VANISHED 3
        S: f OK [HIGHESTMODSEQ 9] MOVE completed
        """,
        SampleMessages.Small, SampleMessages.Small, SampleMessages.Small, SampleMessages.Small);

    private static string Select(string tag, string arguments, int count, int modSeq) =>
        $"""
        C: {tag} SELECT {arguments}
        S: * FLAGS …
        S: * OK [PERMANENTFLAGS …
        S: * {count} EXISTS
        S: * 0 RECENT
        S: * OK [UNSEEN 1] …
        S: * OK [UIDVALIDITY 1770091506] …
        S: * OK [UIDNEXT {count + 1}] …
        S: * OK [HIGHESTMODSEQ {modSeq}] …
        S: * OK [MAILBOXID (…)] …
        S: {tag} OK [READ-WRITE] SELECT completed

        """;
}
