namespace Mailstead.Conversations.Imap;

/// <summary>LIST with its extensions: RFC 5258, RFC 5819, RFC 6154, RFC 8438; LSUB, STATUS, quota (RFC 9208).</summary>
public sealed class ListScripts(ImapHouse house)
{
    [Fact]
    public Task Special_mailboxes_are_marked_and_other_items_are_not_mailboxes() => ImapConversation.PlayAsync(
        house,
        """
        C: a LIST "" "*"
        S: * LIST (\HasNoChildren) "/" "INBOX"
        S: * LIST (\HasNoChildren \Archive) "/" "Archive"
        S: * LIST (\HasNoChildren \Trash) "/" "Deleted Items"
        S: * LIST (\HasNoChildren \Drafts) "/" "Drafts"
        S: * LIST (\HasNoChildren \Junk) "/" "Junk E-mail"
        S: * LIST (\HasNoChildren \Sent) "/" "Sent Items"
        S: a OK LIST completed
        C: b LIST (SPECIAL-USE) "" "*s"
        S: * LIST (\HasNoChildren \Trash) "/" "Deleted Items"
        S: * LIST (\HasNoChildren \Drafts) "/" "Drafts"
        S: * LIST (\HasNoChildren \Sent) "/" "Sent Items"
        S: b OK LIST completed
        C: c LIST "" ""
        S: * LIST (\Noselect) "/" ""
        S: c OK LIST completed
        C: d SELECT Calendar
        S: d NO [NONEXISTENT] …
        """);

    [Theory]
    [InlineData("\"\" inbox", "INBOX")]
    [InlineData("\"\" iNb%", "INBOX")]
    [InlineData("\"\" *NBOX", "INBOX")]
    [InlineData("\"\" drafts", "")]
    [InlineData("\"\" fruit/*", "fruit/apple|fruit/apple/red")]
    [InlineData("\"\" fruit/%", "fruit/apple")]
    [InlineData("fruit/ %", "fruit/apple")]
    [InlineData("\"fruit/apple/\" \"r%d\"", "fruit/apple/red")]
    [InlineData("\"\" fruit%", "fruit")]
    [InlineData("\"\" f*red", "fruit/apple/red")]
    [InlineData("\"\" %%%*%%", "INBOX|Archive|Deleted Items|Drafts|fruit|fruit/apple|fruit/apple/red|Junk E-mail|Sent Items")]
    [InlineData("\"\" (INBOX fruit)", "INBOX|fruit")]
    public Task Patterns_match_as_RFC_9051_section_6_3_9_says(string arguments, string found) => ImapConversation.PlayAsync(
        house,
        $"""
        C: a CREATE fruit/apple/red
        S: a OK …
        C: b LIST {arguments}
        {string.Concat(found.Split('|', StringSplitOptions.RemoveEmptyEntries).Select(name => $"S: * LIST (…) \"/\" \"{name}\"\n"))}S: b OK LIST completed
        """);

    [Fact]
    public Task Subscriptions_are_listed_as_RFC_5258_section_5_shows() => ImapConversation.PlayAsync(
        house,
        """
        C: a CREATE Fruit/Apple
        S: a OK …
        C: a2 CREATE Fruit/Banana
        S: a2 OK …
        C: b SUBSCRIBE Fruit/Banana
        S: b OK SUBSCRIBE completed
        C: b2 UNSUBSCRIBE Archive
        S: b2 OK UNSUBSCRIBE completed
        C: b3 SUBSCRIBE nowhere
        S: b3 NO [NONEXISTENT] …
        C: c LIST (SUBSCRIBED) "" "*"
        S: * LIST (\HasNoChildren \Subscribed) "/" "INBOX"
        S: * LIST (\HasNoChildren \Trash \Subscribed) "/" "Deleted Items"
        S: * LIST (\HasNoChildren \Drafts \Subscribed) "/" "Drafts"
        S: * LIST (\HasNoChildren \Subscribed) "/" "Fruit/Banana"
        S: * LIST (\HasNoChildren \Junk \Subscribed) "/" "Junk E-mail"
        S: * LIST (\HasNoChildren \Sent \Subscribed) "/" "Sent Items"
        S: c OK LIST completed
        C: d LIST "" "%" RETURN (SUBSCRIBED CHILDREN)
        S: * LIST (\HasNoChildren \Subscribed) "/" "INBOX"
        S: * LIST (\HasNoChildren \Archive) "/" "Archive"
        S: * LIST …
        S: * LIST …
        S: * LIST (\HasChildren) "/" "Fruit"
        S: * LIST …
        S: * LIST …
        S: d OK LIST completed
        C: e LIST (SUBSCRIBED RECURSIVEMATCH) "" "F%"
        S: * LIST (\HasChildren) "/" "Fruit" (CHILDINFO ("SUBSCRIBED"))
        S: e OK LIST completed
        C: f LIST (SUBSCRIBED RECURSIVEMATCH) "" "F*"
        S: * LIST (\HasNoChildren \Subscribed) "/" "Fruit/Banana"
        S: f OK LIST completed
        C: g LIST (RECURSIVEMATCH) "" "*"
        S: g BAD …
        C: h LIST (FROB) "" "*"
        S: h BAD …
        C: i LSUB "" "F*"
        S: * LSUB () "/" "Fruit/Banana"
        S: i OK LSUB completed
        C: j LSUB "" "F%"
        S: * LSUB (\Noselect) "/" "Fruit"
        S: j OK LSUB completed
        """);

    [Fact]
    public Task STATUS_tells_each_item_alone_and_with_LIST() => ImapConversation.PlayAsync(
        house,
        """
        C: a APPEND INBOX (\Seen \Deleted) {5+}
        C: 12345
        S: a OK [APPENDUID 1770091506 2] APPEND completed
        C: b STATUS inbox (MESSAGES UNSEEN UIDNEXT UIDVALIDITY RECENT DELETED DELETED-STORAGE SIZE APPENDLIMIT MAILBOXID)
        S: * STATUS "INBOX" (MESSAGES 2 UNSEEN 1 UIDNEXT 3 UIDVALIDITY 1770091506 RECENT 0 DELETED 1 DELETED-STORAGE 5 SIZE 46 APPENDLIMIT 41943040 MAILBOXID (…))
        S: b OK STATUS completed
        C: c STATUS INBOX (FROB)
        S: c BAD …
        C: d STATUS INBOX ()
        S: d BAD …
        C: e STATUS nowhere (MESSAGES)
        S: e NO [NONEXISTENT] …
        C: f LIST "" (INBOX Drafts) RETURN (STATUS (MESSAGES UNSEEN) SPECIAL-USE)
        S: * LIST (\HasNoChildren) "/" "INBOX"
        S: * STATUS "INBOX" (MESSAGES 2 UNSEEN 1)
        S: * LIST (\HasNoChildren \Drafts) "/" "Drafts"
        S: * STATUS "Drafts" (MESSAGES 0 UNSEEN 0)
        S: f OK LIST completed
        """,
        SampleMessages.Small);

    [Fact]
    public async Task A_quota_is_told_and_kept()
    {
        var mailbox = await house.CreateMailboxAsync(quota: 2048);
        await ImapConversation.PlayInAsync(
            house, mailbox,
            $"""
            C: a GETQUOTAROOT INBOX
            S: * QUOTAROOT "INBOX" ""
            S: * QUOTA "" (STORAGE 0 2)
            S: a OK GETQUOTAROOT completed
            C: b GETQUOTAROOT nowhere
            S: b NO [NONEXISTENT] …
            C: c GETQUOTA "other"
            S: c NO [NONEXISTENT] …
            C: d APPEND INBOX {"{"}3000{"}"}
            S: d NO [OVERQUOTA] …
            C: e APPEND INBOX {"{"}1500+{"}"}
            C: {new string('x', 1500)}
            S: e OK [APPENDUID 1770091506 1] APPEND completed
            C: f GETQUOTA ""
            S: * QUOTA "" (STORAGE 2 2)
            S: f OK GETQUOTA completed
            C: g SELECT INBOX
            S: * FLAGS …
            S: …
            S: …
            S: …
            S: …
            S: …
            S: …
            S: …
            S: …
            S: g OK …
            C: h COPY 1 Archive
            S: h NO [OVERQUOTA] …
            C: i MOVE 1 Archive
            S: * OK [COPYUID … 1 1] Moved
            S: * 1 EXPUNGE
            S: i OK MOVE completed
            """);
    }
}
