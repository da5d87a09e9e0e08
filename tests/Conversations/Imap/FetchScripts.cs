namespace Mailstead.Conversations.Imap;

/// <summary>FETCH: sections by number and name (RFC 9051 §6.4.5), structures (§7.5.2), BINARY (RFC 3516), OBJECTID (RFC 8474).</summary>
public sealed class FetchScripts(ImapHouse house)
{
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

        """;

    [Fact]
    public Task An_envelope_is_told_as_RFC_9051_section_8_shows() => PlayAsync(
        """
        C: a003 FETCH 1 FULL
        S: * 1 FETCH (FLAGS () RFC822.SIZE 351 INTERNALDATE "03-Feb-2026 04:05:06 +0000" ENVELOPE ("Wed, 17 Jul 1996 02:23:25 -0700 (PDT)" "IMAP4rev2 WG mtg summary and minutes" (("Terry Gray" NIL "gray" "cac.washington.edu")) (("Terry Gray" NIL "gray" "cac.washington.edu")) (("Terry Gray" NIL "gray" "cac.washington.edu")) ((NIL NIL "imap" "cac.washington.edu")) ((NIL NIL "minutes" "CNRI.Reston.VA.US")("John Klensin" NIL "KLENSIN" "MIT.EDU")) NIL NIL "<B27397-0100000@cac.washington.edu>") BODY ("text" "plain" ("charset" "US-ASCII") NIL NIL "7bit" 9 1))
        S: a003 OK FETCH completed
        C: a004 FETCH 1 BODY[HEADER]
        S: * 1 FETCH (FLAGS (\Seen) BODY[HEADER] {342}
        S: Date: Wed, 17 Jul 1996 02:23:25 -0700 (PDT)
        S: From: Terry Gray <gray@cac.washington.edu>
        S: Subject: IMAP4rev2 WG mtg summary and minutes
        S: To: imap@cac.washington.edu
        S: cc: minutes@CNRI.Reston.VA.US, John Klensin <KLENSIN@MIT.EDU>
        S: Message-Id: <B27397-0100000@cac.washington.edu>
        S: MIME-Version: 1.0
        S: Content-Type: TEXT/PLAIN; CHARSET=US-ASCII
        S: 
        S: )
        S: a004 OK FETCH completed
        C: a005 STORE 1 +FLAGS (\Deleted)
        S: * 1 FETCH (FLAGS (\Seen \Deleted))
        S: a005 OK STORE completed
        """,
        SampleMessages.Terry);

    [Theory]
    [InlineData("1", "one")]
    [InlineData("2", "dHdv")]
    [InlineData("3.1", "3.1")]
    [InlineData("3.2", "3.2")]
    [InlineData("4.1", "4.1")]
    [InlineData("4.2.1", "4.2.1")]
    [InlineData("4.2.2.1", "4.2.2.1")]
    [InlineData("4.2.2.2", "4.2.2.2")]
    public Task Parts_are_numbered_as_RFC_9051_section_6_4_5_1_shows(string part, string content) => PlayAsync(
        $$"""
        C: a FETCH 1 BODY.PEEK[{{part}}]
        S: * 1 FETCH (BODY[{{part}}] {{{content.Length}}}
        S: {{content}})
        S: a OK FETCH completed
        """,
        SampleMessages.Numbered);

    [Theory]
    [InlineData("5")]
    [InlineData("1.1")]
    [InlineData("1.HEADER")]
    [InlineData("1.TEXT")]
    [InlineData("3.3")]
    [InlineData("4.HEADER")]
    [InlineData("4.2.2.3")]
    [InlineData("1.1.MIME")]
    public Task A_part_that_is_not_there_is_NIL(string section) => PlayAsync(
        $"""
        C: a FETCH 1 (UID BODY.PEEK[{section}])
        S: * 1 FETCH (UID 1 BODY[{section}] NIL)
        S: a OK FETCH completed
        """,
        SampleMessages.Numbered);

    [Fact]
    public Task Header_text_and_MIME_header_of_a_message_inside_are_its_own() => PlayAsync(
        """
        C: a FETCH 1 (BODY.PEEK[3.HEADER] BODY.PEEK[3.MIME])
        S: * 1 FETCH (BODY[3.HEADER] {61}
        S: Subject: three
        S: Content-Type: multipart/mixed; boundary=t
        S: 
        S:  BODY[3.MIME] {32}
        S: Content-Type: message/rfc822
        S: 
        S: )
        S: a OK FETCH completed
        C: b FETCH 1 BODY.PEEK[4.2.TEXT]<2.10>
        S: * 1 FETCH (BODY[4.2.TEXT]<2> {10}
        S: g
        S: Content)
        S: b OK FETCH completed
        C: c FETCH 1 BODY.PEEK[4.2.HEADER.FIELDS ("subject" X-None)]
        S: * 1 FETCH (BODY[4.2.HEADER.FIELDS ("subject" X-None)] {21}
        S: Subject: four two
        S: 
        S: )
        S: c OK FETCH completed
        C: d FETCH 1 BODY.PEEK[4.2.HEADER.FIELDS.NOT (subject)]
        S: * 1 FETCH (BODY[4.2.HEADER.FIELDS.NOT (subject)] {45}
        S: Content-Type: multipart/mixed; boundary=g
        S: 
        S: )
        S: d OK FETCH completed
        """,
        SampleMessages.Numbered);

    [Fact]
    public Task A_message_that_is_wholly_another_message_has_it_as_its_part_1() => PlayAsync(
        """
        C: a FETCH 1 (BODY BODY.PEEK[1.HEADER] BODY.PEEK[1.1])
        S: * 1 FETCH (BODY ("message" "rfc822" NIL NIL NIL "7bit" 25 (NIL "inner" NIL NIL NIL NIL NIL NIL NIL NIL) ("text" "plain" NIL NIL NIL "7bit" 7 1) 3) BODY[1.HEADER] {18}
        S: Subject: inner
        S: 
        S:  BODY[1.1] {7}
        S: hello
        S: )
        S: a OK FETCH completed
        C: b FETCH 1 BODY.PEEK[1]
        S: * 1 FETCH (BODY[1] {25}
        S: Subject: inner
        S: 
        S: hello
        S: )
        S: b OK FETCH completed
        """,
        "Subject: outer\nContent-Type: message/rfc822\n\nSubject: inner\n\nhello\n");

    [Fact]
    public Task Pieces_of_a_section_are_cut_at_its_end_and_named_by_their_start() => PlayAsync(
        """
        C: a FETCH 1 (BODY.PEEK[TEXT]<0.3> BODY.PEEK[TEXT]<5.100> BODY.PEEK[TEXT]<100.5> BODY.PEEK[HEADER.FIELDS (SUBJECT)]<0.7>)
        S: * 1 FETCH (BODY[HEADER.FIELDS (SUBJECT)]<0> {7}
        S: Subject BODY[TEXT]<0> {3}
        S: hel BODY[TEXT]<5> {2}
        S: 
        S:  BODY[TEXT]<100> {0}
        S: )
        S: a OK FETCH completed
        C: b FETCH 1 BODY[TEXT]<0.0>
        S: b BAD …
        C: c FETCH 1 BODY[1.]
        S: c BAD …
        C: d FETCH 1 BODY[MIME]
        S: d BAD …
        C: e FETCH 1 BODY[HEADER.FIELDS]
        S: e BAD …
        C: f FETCH 1 BODY[0]
        S: f BAD …
        C: g FETCH 1 (FLAGS
        S: g BAD …
        """,
        SampleMessages.Small);

    [Fact]
    public Task Old_names_set_Seen_as_RFC_3501_section_6_4_5_says() => PlayAsync(
        """
        C: a FETCH 1 RFC822.HEADER
        S: * 1 FETCH (RFC822.HEADER {34}
        S: From: a@x.test
        S: Subject: small
        S: 
        S: )
        S: a OK FETCH completed
        C: b FETCH 1 (FLAGS RFC822.TEXT)
        S: * 1 FETCH (FLAGS (\Seen) RFC822.TEXT {7}
        S: hello
        S: )
        S: b OK FETCH completed
        C: c FETCH 1 RFC822
        S: * 1 FETCH (RFC822 {41}
        S: From: a@x.test
        S: Subject: small
        S: 
        S: hello
        S: )
        S: c OK FETCH completed
        """,
        SampleMessages.Small);

    [Fact]
    public Task A_header_longer_than_any_summary_is_searched_to_its_end() => PlayAsync(
        """
        C: a FETCH 1 BODY.PEEK[HEADER.FIELDS (LAST)]
        S: * 1 FETCH (BODY[HEADER.FIELDS (LAST)] {13}
        S: Last: one
        S: 
        S: )
        S: a OK FETCH completed
        """,
        string.Concat(Enumerable.Range(0, 2000).Select(i => $"X-Filler-{i}: {new string('x', 50)}\n")) + "Last: one\n\nbody\n");

    [Fact]
    public Task Numbers_that_name_no_message_are_bad_and_unknown_uids_are_not() => PlayAsync(
        """
        C: a FETCH 2 FLAGS
        S: a BAD …
        C: b UID FETCH 2:9 FLAGS
        S: b OK …
        C: c UID FETCH 9:* FLAGS
        S: * 1 FETCH (UID 1 FLAGS ())
        S: c OK …
        C: d FETCH 0 FLAGS
        S: d BAD …
        C: e FETCH *:1,1,1:* (UID)
        S: * 1 FETCH (UID 1)
        S: e OK …
        C: f UID STORE 1 +FLAGS.SILENT \Deleted
        S: f OK …
        C: g EXPUNGE
        S: * 1 EXPUNGE
        S: g OK …
        C: h FETCH * FLAGS
        S: h BAD …
        C: i UID FETCH * FLAGS
        S: i OK …
        """,
        SampleMessages.Small);

    [Fact]
    public Task BINARY_undoes_the_transfer_encoding() => PlayAsync(
        """
        C: a FETCH 1 (BINARY.SIZE[2] BINARY.PEEK[2] BINARY.PEEK[2]<1.9>)
        S: * 1 FETCH (BINARY.SIZE[2] 3 BINARY[2] ~{3}
        S: two BINARY[2]<1> ~{2}
        S: wo)
        S: a OK FETCH completed
        C: b FETCH 1 (BINARY.PEEK[9] BINARY.SIZE[9])
        S: * 1 FETCH (BINARY[9] NIL BINARY.SIZE[9] 0)
        S: b OK FETCH completed
        C: c FETCH 1 BINARY[1]
        S: * 1 FETCH (FLAGS (\Seen) BINARY[1] ~{3}
        S: one)
        S: c OK FETCH completed
        C: d FETCH 1 BINARY[1.]
        S: d BAD …
        C: e FETCH 1 BINARY[1.MIME]
        S: e BAD …
        """,
        SampleMessages.Numbered);

    [Fact]
    public Task A_transfer_encoding_that_nobody_knows_is_said_to_be_so() => PlayAsync(
        """
        C: a FETCH 1 (UID BINARY.PEEK[1])
        S: * 1 FETCH (UID 1)
        S: a NO [UNKNOWN-CTE] …
        """,
        "Content-Type: application/x-thing\nContent-Transfer-Encoding: x-strange\n\nabc\n");

    [Theory]
    [InlineData("Content-Type: multipart/mixed; boundary=x\n\nno part at all\n", "(\"text\" \"plain\" (\"boundary\" \"x\") NIL NIL \"7bit\" 16 1)")]
    [InlineData(
        "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nU3ViamVjdDogeAoKeAo=\n",
        "(\"application\" \"octet-stream\" NIL NIL NIL \"base64\" 22)")]
    [InlineData("\n", "(\"text\" \"plain\" NIL NIL NIL \"7bit\" 0 0)")]
    [InlineData("Content-Type: image/png; name=\"a b.png\"\nContent-ID: <i@x>\nContent-Transfer-Encoding: BASE64\n\nAA==\n",
        "(\"image\" \"png\" (\"name\" \"a b.png\") \"<i@x>\" NIL \"base64\" 6)")]
    public Task A_structure_is_one_that_the_grammar_allows(string message, string structure) => PlayAsync(
        $"""
        C: a FETCH 1 BODY
        S: * 1 FETCH (BODY {structure})
        S: a OK FETCH completed
        """,
        message);

    [Fact]
    public Task Hundreds_of_levels_of_parts_can_be_asked_about() => PlayAsync(
        """
        C: a FETCH 1 BODYSTRUCTURE
        S: * 1 FETCH (BODYSTRUCTURE …)
        S: a OK FETCH completed
        C: b FETCH 2 BODYSTRUCTURE
        S: * 2 FETCH (BODYSTRUCTURE …)
        S: b OK FETCH completed
        C: c FETCH 2 BODY.PEEK[1.1.1]<0.4>
        S: * 2 FETCH (BODY[1.1.1]<0> {4}
        S: Cont)
        S: c OK FETCH completed
        """,
        string.Concat(Enumerable.Range(0, 300).Select(i => $"Content-Type: multipart/mixed; boundary=b{i}\n\n--b{i}\n")) + "\nx\n",
        string.Concat(Enumerable.Repeat("Content-Type: message/rfc822\n\n", 300)) + "\nx\n");

    [Fact]
    public Task A_copy_has_the_email_id_of_its_original_and_a_moved_message_keeps_it() => PlayAsync(
        """
        C: a COPY 1 Archive
        S: a OK [COPYUID …] COPY completed
        C: b MOVE 1 Drafts
        S: * OK [COPYUID …] Moved
        S: * 1 EXPUNGE
        S: b OK MOVE completed
        C: c CREATE third
        S: c OK …
        C: d SELECT Archive
        S: * FLAGS …
        S: …
        S: …
        S: …
        S: …
        S: …
        S: …
        S: …
        S: …
        S: d OK …
        C: e SEARCH EMAILID 00000000000000000000000000000000 THREADID T1
        S: * SEARCH
        S: e OK …
        C: f FETCH 1 (EMAILID THREADID)
        S: * 1 FETCH (EMAILID (…) THREADID NIL)
        S: f OK …
        """,
        SampleMessages.Small);

    private Task PlayAsync(string script, params string[] messages) => ImapConversation.PlayAsync(house, Open + script, messages);
}
