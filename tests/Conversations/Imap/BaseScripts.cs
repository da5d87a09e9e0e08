namespace Mailstead.Conversations.Imap;

/// <summary>The base of RFC 9051 and RFC 3501: states, sign-in, literals, mailboxes.</summary>
public sealed class BaseScripts(ImapHouse house)
{
    private const string SignedIn =
        "IMAP4rev1 IMAP4rev2 LITERAL+ SASL-IR ID ENABLE NAMESPACE LIST-EXTENDED LIST-STATUS SPECIAL-USE CHILDREN UIDPLUS MOVE IDLE "
        + "UNSELECT CONDSTORE QRESYNC ESEARCH SEARCHRES BINARY APPENDLIMIT=41943040 OBJECTID QUOTA QUOTA=RES-STORAGE STATUS=SIZE";

    [Fact]
    public Task In_the_clear_a_password_is_refused_and_STARTTLS_offered() => ImapConversation.PlayFromGreetingAsync(
        house,
        """
        S: * OK [CAPABILITY IMAP4rev1 IMAP4rev2 LITERAL+ SASL-IR ID ENABLE STARTTLS LOGINDISABLED] …
        C: a1 LOGIN ACCOUNT secret
        S: a1 NO [PRIVACYREQUIRED] …
        C: a2 AUTHENTICATE PLAIN AG1lAHNlY3JldA==
        S: a2 NO [PRIVACYREQUIRED] …
        C: a3 SELECT INBOX
        S: a3 BAD SELECT is not allowed in this state
        C: a4 LOGOUT
        S: * BYE …
        S: a4 OK LOGOUT completed
        """,
        isEncrypted: false);

    [Fact]
    public Task Who_signs_in_hears_what_else_can_be_done() => ImapConversation.PlayFromGreetingAsync(
        house,
        $"""
        S: * OK [CAPABILITY IMAP4rev1 IMAP4rev2 LITERAL+ SASL-IR ID ENABLE AUTH=PLAIN AUTH=LOGIN] …
        C: a1 LOGIN MAILBOX wrong
        S: a1 NO [AUTHENTICATIONFAILED] …
        C: a2 LOGIN "ACCOUNT" "secret"
        S: a2 OK [CAPABILITY {SignedIn}] Signed in
        C: a3 LOGIN ACCOUNT secret
        S: a3 BAD LOGIN is not allowed in this state
        C: a4 CAPABILITY
        S: * CAPABILITY {SignedIn}
        S: a4 OK CAPABILITY completed
        """);

    [Fact]
    public Task Credentials_come_as_literals_that_are_asked_for_or_not() => ImapConversation.PlayFromGreetingAsync(
        house,
        """
        S: * OK …
        C: a1 LOGIN {36}
        S: + …
        C: ACCOUNT {6+}
        C: secret
        S: a1 OK …
        """);

    [Fact]
    public Task A_dialogue_of_AUTHENTICATE_can_be_cancelled() => ImapConversation.PlayFromGreetingAsync(
        house,
        """
        S: * OK …
        C: a1 AUTHENTICATE PLAIN
        S: + 
        C: *
        S: a1 BAD Authentication cancelled
        C: a2 AUTHENTICATE LOGIN
        S: + VXNlcm5hbWU6
        C: *
        S: a2 BAD Authentication cancelled
        C: a3 AUTHENTICATE PLAIN !!!
        S: a3 BAD …
        C: a4 AUTHENTICATE GSSAPI
        S: a4 NO [CANNOT] …
        """);

    [Fact]
    public Task Bad_commands_are_answered_under_their_tag_and_the_session_goes_on() => ImapConversation.PlayAsync(
        house,
        """
        C: a1 FROB
        S: a1 BAD Unknown command
        C: a2 NOOP twice
        S: a2 BAD NOOP takes no arguments
        C: a3 FETCH 1 FLAGS
        S: a3 BAD FETCH is not allowed in this state
        C: (bad NOOP
        S: * BAD …
        C: +x NOOP
        S: * BAD …
        C: alone
        S: * BAD …
        C: a4 UID
        S: a4 BAD …
        C: a5 uid frob
        S: a5 BAD …
        C: a6 noop
        S: a6 OK NOOP completed
        """);

    [Fact]
    public Task Too_many_errors_in_a_row_end_the_session() => ImapConversation.PlayAsync(
        house,
        string.Concat(Enumerable.Repeat("C: a FROB\nS: a BAD …\n", 20)) + "S: * BYE Too many errors");

    [Fact]
    public Task SELECT_tells_what_RFC_9051_section_6_3_2_asks_for() => ImapConversation.PlayAsync(
        house,
        """
        C: a1 SELECT inbox
        S: * FLAGS (\Seen \Answered \Flagged \Deleted \Draft)
        S: * OK [PERMANENTFLAGS (\Seen \Answered \Flagged \Deleted \Draft \*)] …
        S: * 1 EXISTS
        S: * 0 RECENT
        S: * OK [UNSEEN 1] …
        S: * OK [UIDVALIDITY 1770091506] …
        S: * OK [UIDNEXT 2] …
        S: * OK [HIGHESTMODSEQ 2] …
        S: * OK [MAILBOXID (…)] …
        S: a1 OK [READ-WRITE] SELECT completed
        C: a2 EXAMINE InBoX
        S: * FLAGS …
        S: * OK [PERMANENTFLAGS ()] …
        S: * 1 EXISTS
        S: * 0 RECENT
        S: * OK [UNSEEN 1] …
        S: * OK [UIDVALIDITY 1770091506] …
        S: * OK [UIDNEXT 2] …
        S: * OK [HIGHESTMODSEQ 2] …
        S: * OK [MAILBOXID (…)] …
        S: a2 OK [READ-ONLY] EXAMINE completed
        C: a3 STORE 1 +FLAGS (\Seen)
        S: a3 NO [READ-ONLY] …
        C: a4 FETCH 1 BODY[TEXT]
        S: * 1 FETCH (BODY[TEXT] {7}
        S: hello
        S: )
        S: a4 OK FETCH completed
        C: a5 FETCH 1 FLAGS
        S: * 1 FETCH (FLAGS ())
        S: a5 OK FETCH completed
        C: a6 EXPUNGE
        S: a6 NO [READ-ONLY] …
        C: a7 SELECT nowhere
        S: a7 NO [NONEXISTENT] …
        C: a8 FETCH 1 FLAGS
        S: a8 BAD FETCH is not allowed in this state
        """,
        SampleMessages.Small);

    [Fact]
    public Task In_rev2_SELECT_tells_the_name_and_what_was_closed_and_nothing_of_RECENT() => ImapConversation.PlayAsync(
        house,
        """
        C: a0 ENABLE IMAP4rev2 FROB
        S: * ENABLED IMAP4rev2
        S: a0 OK ENABLE completed
        C: a1 SELECT Drafts
        S: * FLAGS …
        S: * OK [PERMANENTFLAGS …
        S: * 0 EXISTS
        S: * OK [UIDVALIDITY …] …
        S: * OK [UIDNEXT 1] …
        S: * OK [HIGHESTMODSEQ 1] …
        S: * OK [MAILBOXID (…)] …
        S: * LIST () "/" "Drafts"
        S: a1 OK [READ-WRITE] SELECT completed
        C: a2 SELECT nowhere
        S: * OK [CLOSED] …
        S: a2 NO [NONEXISTENT] …
        """);

    [Fact]
    public Task Mailboxes_are_made_renamed_and_deleted_with_those_above_and_below_them() => ImapConversation.PlayAsync(
        house,
        """
        C: a1 CREATE owatagusiam/
        S: a1 OK [MAILBOXID (…)] CREATE completed
        C: a2 CREATE owatagusiam/blurdybloop
        S: a2 OK …
        C: a3 CREATE foo/bar/zap
        S: a3 OK …
        C: a4 CREATE foo/bar
        S: a4 NO [ALREADYEXISTS] …
        C: a5 CREATE inBOX
        S: a5 NO [ALREADYEXISTS] …
        C: a6 CREATE foo//x
        S: a6 NO [CANNOT] …
        C: a7 DELETE foo
        S: a7 NO [HASCHILDREN] …
        C: a8 RENAME foo zowie/new
        S: a8 OK RENAME completed
        C: a9 LIST "" "zowie*"
        S: * LIST (\HasChildren) "/" "zowie"
        S: * LIST (\HasChildren) "/" "zowie/new"
        S: * LIST (\HasChildren) "/" "zowie/new/bar"
        S: * LIST (\HasNoChildren) "/" "zowie/new/bar/zap"
        S: a9 OK LIST completed
        C: b1 RENAME zowie zowie/inside
        S: b1 NO [CANNOT] …
        C: b2 RENAME nowhere there
        S: b2 NO [NONEXISTENT] …
        C: b3 RENAME zowie owatagusiam
        S: b3 NO [ALREADYEXISTS] …
        C: b4 DELETE zowie/new/bar/zap
        S: b4 OK DELETE completed
        C: b5 DELETE zowie/new/bar/zap
        S: b5 NO [NONEXISTENT] …
        C: b6 DELETE INBOX
        S: b6 NO [CANNOT] …
        C: b7 RENAME Drafts Other
        S: b7 NO [CANNOT] …
        """);

    [Fact]
    public Task Renaming_INBOX_moves_its_messages_and_leaves_it() => ImapConversation.PlayAsync(
        house,
        """
        C: a1 RENAME inbox old/mail
        S: a1 OK RENAME completed
        C: a2 STATUS INBOX (MESSAGES UIDNEXT)
        S: * STATUS "INBOX" (MESSAGES 0 UIDNEXT 3)
        S: a2 OK STATUS completed
        C: a3 STATUS old/mail (MESSAGES UIDNEXT)
        S: * STATUS "old/mail" (MESSAGES 2 UIDNEXT 3)
        S: a3 OK STATUS completed
        """,
        SampleMessages.Small, SampleMessages.Small);

    [Fact]
    public Task A_mailbox_made_again_within_the_second_has_another_validity() => ImapConversation.PlayAsync(
        house,
        """
        C: a1 CREATE again
        S: a1 OK …
        C: a2 STATUS again (UIDVALIDITY)
        S: * STATUS "again" (UIDVALIDITY 1770091516)
        S: a2 OK …
        C: a3 DELETE again
        S: a3 OK …
        C: a4 CREATE again
        S: a4 OK …
        C: a5 STATUS again (UIDVALIDITY)
        S: * STATUS "again" (UIDVALIDITY 1770091517)
        S: a5 OK …
        """);

    [Fact]
    public Task Names_are_modified_UTF_7_until_the_client_enables_rev2() => ImapConversation.PlayAsync(
        house,
        """
        C: a1 CREATE "&U,BTFw-/Entw&APw-rfe &- Co"
        S: a1 OK …
        C: a2 LIST "" "&U,BTFw-/*"
        S: * LIST (\HasNoChildren) "/" "&U,BTFw-/Entw&APw-rfe &- Co"
        S: a2 OK …
        C: a3 CREATE "&AGE-"
        S: a3 BAD …
        C: a4 CREATE "&AC8-"
        S: a4 BAD …
        C: a5 CREATE "bare & more"
        S: a5 BAD …
        C: a6 ENABLE IMAP4rev2
        S: * ENABLED IMAP4rev2
        S: a6 OK …
        C: a7 LIST "" "台北/*"
        S: * LIST (\HasNoChildren) "/" "台北/Entwürfe & Co"
        S: a7 OK …
        C: a8 STATUS "台北/Entwürfe & Co" (MESSAGES)
        S: * STATUS "台北/Entwürfe & Co" (MESSAGES 0)
        S: a8 OK …
        """);

    [Fact]
    public Task ID_and_NAMESPACE_answer_as_their_RFCs_2971_and_2342_show() => ImapConversation.PlayAsync(
        house,
        """
        C: a023 ID ("name" "sodr" "version" "19.34")
        S: * ID ("name" "Mailstead")
        S: a023 OK ID completed
        C: a042 ID NIL
        S: * ID ("name" "Mailstead")
        S: a042 OK ID completed
        C: A001 NAMESPACE
        S: * NAMESPACE (("" "/")) (("Other Users/" "/")) NIL
        S: A001 OK NAMESPACE completed
        """);

    [Fact]
    public Task A_selected_mailbox_that_another_session_deletes_ends_the_session() => ImapConversation.PlayAsync(
        house,
        """
        C: a1 CREATE doomed
        S: a1 OK …
        C: a2 SELECT doomed
        S: * FLAGS …
        S: * OK …
        S: * 0 EXISTS
        S: * 0 RECENT
        S: * OK …
        S: * OK …
        S: * OK …
        S: * OK …
        S: a2 OK …
        C: a3 IDLE
        S: + idling
        C2: b1 DELETE doomed
        S2: b1 OK DELETE completed
        S: * BYE The mailbox that was selected has been deleted
        """);
}
