namespace Mailstead.Conversations.Imap;

/// <summary>What changes, and who hears of it when: STORE, APPEND, COPY, MOVE, EXPUNGE, IDLE, over two sessions.</summary>
public sealed class ChangeScripts(ImapHouse house)
{
    [Fact]
    public Task Flags_are_set_added_and_removed_and_keywords_made() => PlayAsync(
        """
        C: a STORE 1 FLAGS (\Seen \Draft)
        S: * 1 FETCH (FLAGS (\Seen \Draft))
        S: a OK STORE completed
        C: b STORE 1 +FLAGS Important
        S: * FLAGS (\Seen \Answered \Flagged \Deleted \Draft Important)
        S: * OK [PERMANENTFLAGS (\Seen \Answered \Flagged \Deleted \Draft Important \*)] …
        S: * 1 FETCH (FLAGS (\Seen \Draft Important))
        S: b OK STORE completed
        C: c STORE 1 -FLAGS (\seen IMPORTANT)
        S: * 1 FETCH (FLAGS (\Draft))
        S: c OK STORE completed
        C: d STORE 1 FLAGS ()
        S: * 1 FETCH (FLAGS ())
        S: d OK STORE completed
        C: e STORE 1 +FLAGS (\Frob)
        S: e BAD …
        C: f STORE 1 FROB (\Seen)
        S: f BAD …
        C: g STORE 1 +FLAGS.SILENT \Flagged
        S: g OK STORE completed
        C: h STORE 1 +FLAGS (a b
        S: h BAD …
        """);

    [Fact]
    public Task An_append_tells_its_uid_and_takes_flags_and_a_date() => PlayAsync(
        """
        C: A003 APPEND INBOX (\Seen $Mine) " 7-Feb-1994 21:52:25 -0800" {324}
        S: + …
        C: Date: Mon, 7 Feb 1994 21:52:25 -0800 (PST)
        C: From: Fred Foobar <foobar@Blurdybloop.example>
        C: Subject: afternoon meeting
        C: To: mooch@owatagu.siam.edu.example
        C: Message-Id: <B27397-0100000@Blurdybloop.example>
        C: MIME-Version: 1.0
        C: Content-Type: TEXT/PLAIN; CHARSET=US-ASCII
        C: 
        C: Hello Joe, do you think we can meet at 3:30 tomorrow?
        S: * FLAGS …
        S: * OK [PERMANENTFLAGS …
        S: * 4 EXISTS
        S: * 0 RECENT
        S: A003 OK [APPENDUID 1770091506 4] APPEND completed
        C: b FETCH 4 (FLAGS INTERNALDATE)
        S: * 4 FETCH (FLAGS (\Seen $Mine) INTERNALDATE "08-Feb-1994 05:52:25 +0000")
        S: b OK FETCH completed
        C: c APPEND nowhere {5}
        S: c NO [TRYCREATE] …
        C: d APPEND nowhere {5+}
        C: 12345
        S: d NO [TRYCREATE] …
        C: e APPEND INBOX {5+}
        C: 12345 {5+}
        S: e BAD …
        C: f APPEND INBOX {41943041}
        S: f NO [TOOBIG] …
        C: g APPEND INBOX "no date" {5+}
        C: 12345
        S: g BAD …
        C: h APPEND INBOX ~{5+}
        C: 12345
        S: * 5 EXISTS
        S: * 0 RECENT
        S: h OK [APPENDUID 1770091506 5] APPEND completed
        C: i NOOP
        S: i OK NOOP completed
        """);

    [Fact]
    public Task Copies_and_moves_tell_where_messages_went() => PlayAsync(
        """
        C: a COPY 2:3 Archive
        S: a OK [COPYUID 1770091511 2:3 1:2] COPY completed
        C: b COPY 1 nowhere
        S: b NO [TRYCREATE] …
        C: c UID COPY 9 Archive
        S: c OK COPY completed
        C: d COPY 9 Archive
        S: d BAD …
        C: e UID MOVE 1,3 Archive
        S: * OK [COPYUID 1770091511 1,3 3:4] Moved
        S: * 3 EXPUNGE
        S: * 1 EXPUNGE
        S: e OK MOVE completed
        C: f MOVE 1 INBOX
        S: * OK [COPYUID 1770091506 2 4] Moved
        S: * 1 EXPUNGE
        S: * 1 EXISTS
        S: * 0 RECENT
        S: f OK MOVE completed
        C: g FETCH 1 UID
        S: * 1 FETCH (UID 4)
        S: g OK FETCH completed
        """);

    [Fact]
    public Task Removals_wait_for_a_command_that_may_tell_them() => PlayAsync(
        """
        C2: a SELECT INBOX
        S2: * FLAGS …
        S2: …
        S2: * 3 EXISTS
        S2: …
        S2: …
        S2: …
        S2: …
        S2: …
        S2: …
        S2: a OK …
        C2: b STORE 1 +FLAGS (\Deleted)
        S2: * 1 FETCH (FLAGS (\Deleted))
        S2: b OK STORE completed
        C2: c EXPUNGE
        S2: * 1 EXPUNGE
        S2: c OK EXPUNGE completed
        C: a FETCH 3 (UID FLAGS)
        S: * 3 FETCH (UID 3 FLAGS ())
        S: a OK FETCH completed
        C: b STORE 2 +FLAGS (\Seen)
        S: * 2 FETCH (FLAGS (\Seen))
        S: b OK STORE completed
        C: c SEARCH ALL
        S: * SEARCH 2 3
        S: c OK SEARCH completed
        C: d FETCH 1 FLAGS
        S: d OK FETCH completed
        C: e NOOP
        S: * 1 EXPUNGE
        S: e OK NOOP completed
        C: f FETCH 1:* UID
        S: * 1 FETCH (UID 2)
        S: * 2 FETCH (UID 3)
        S: f OK FETCH completed
        """);

    [Fact]
    public Task Silence_is_kept_about_ones_own_changes_and_not_about_those_of_others() => PlayAsync(
        """
        C2: a SELECT INBOX
        S2: * FLAGS …
        S2: …
        S2: * 3 EXISTS
        S2: …
        S2: …
        S2: …
        S2: …
        S2: …
        S2: …
        S2: a OK …
        C2: b STORE 1:2 +FLAGS.SILENT (\Flagged)
        S2: b OK STORE completed
        C2: c STORE 1 +FLAGS.SILENT (\Seen)
        S2: c OK STORE completed
        C: a STORE 1,3 +FLAGS.SILENT (\Answered)
        S: * 1 FETCH (FLAGS (\Seen \Answered \Flagged))
        S: * 2 FETCH (FLAGS (\Flagged))
        S: a OK STORE completed
        C: b NOOP
        S: b OK NOOP completed
        C2: d NOOP
        S2: * 1 FETCH (FLAGS (\Seen \Answered \Flagged))
        S2: * 3 FETCH (FLAGS (\Answered))
        S2: d OK NOOP completed
        """);

    [Fact]
    public Task A_removal_is_not_told_together_with_changes_inside_the_answer_to_UID_FETCH() => PlayAsync(
        """
        C2: a SELECT INBOX
        S2: * FLAGS …
        S2: …
        S2: * 3 EXISTS
        S2: …
        S2: …
        S2: …
        S2: …
        S2: …
        S2: …
        S2: a OK …
        C2: b STORE 1 +FLAGS.SILENT (\Deleted)
        S2: b OK STORE completed
        C2: c EXPUNGE
        S2: * 1 EXPUNGE
        S2: c OK EXPUNGE completed
        C2: d STORE 1 +FLAGS.SILENT (\Flagged)
        S2: d OK STORE completed
        C: a UID FETCH 3 (UID)
        S: * 3 FETCH (UID 3)
        S: a OK FETCH completed
        C: b NOOP
        S: * 1 EXPUNGE
        S: * 1 FETCH (FLAGS (\Flagged))
        S: b OK NOOP completed
        C2: e STORE 2 +FLAGS.SILENT (\Deleted)
        S2: e OK STORE completed
        C: c NOOP
        S: * 2 FETCH (FLAGS (\Deleted))
        S: c OK NOOP completed
        C2: f EXPUNGE
        S2: * 2 EXPUNGE
        S2: f OK EXPUNGE completed
        C: d UID FETCH 2 (UID)
        S: * 1 FETCH (UID 2)
        S: * 2 EXPUNGE
        S: d OK FETCH completed
        """);

    [Fact]
    public Task IDLE_tells_what_another_session_does_as_it_happens() => PlayAsync(
        """
        C: a IDLE
        S: + idling
        C2: a APPEND INBOX {5+}
        C2: 12345
        S2: a OK [APPENDUID 1770091506 4] APPEND completed
        S: * 4 EXISTS
        S: * 0 RECENT
        C2: b SELECT INBOX
        S2: * FLAGS …
        S2: …
        S2: * 4 EXISTS
        S2: …
        S2: …
        S2: …
        S2: …
        S2: …
        S2: …
        S2: b OK …
        C2: c STORE 4 +FLAGS.SILENT (\Deleted)
        S2: c OK STORE completed
        S: * 4 FETCH (FLAGS (\Deleted))
        C2: d CLOSE
        S2: d OK CLOSE completed
        S: * 4 EXPUNGE
        C: DONE
        S: a OK IDLE completed
        C: b IDLE
        S: + idling
        C: FROB
        S: b BAD IDLE ends with DONE
        """);

    [Fact]
    public Task CLOSE_removes_and_UNSELECT_does_not() => PlayAsync(
        """
        C: a STORE 1 +FLAGS.SILENT (\Deleted)
        S: a OK STORE completed
        C: b UNSELECT
        S: b OK UNSELECT completed
        C: c STATUS INBOX (MESSAGES)
        S: * STATUS "INBOX" (MESSAGES 3)
        S: c OK STATUS completed
        C: d CLOSE
        S: d BAD CLOSE is not allowed in this state
        C: e EXAMINE INBOX
        S: * FLAGS …
        S: …
        S: …
        S: …
        S: …
        S: …
        S: …
        S: …
        S: …
        S: e OK …
        C: f CLOSE
        S: f OK CLOSE completed
        C: g STATUS INBOX (MESSAGES)
        S: * STATUS "INBOX" (MESSAGES 3)
        S: g OK STATUS completed
        """);

    private Task PlayAsync(string script) => ImapConversation.PlayAsync(
        house,
        """
        C: open SELECT INBOX
        S: * FLAGS …
        S: * OK …
        S: * 3 EXISTS
        S: …
        S: …
        S: …
        S: …
        S: …
        S: …
        S: open OK …

        """
        + script,
        SampleMessages.Small, SampleMessages.Small, SampleMessages.Small);
}
