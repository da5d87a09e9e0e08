using System.Text;
using Mailstead.Contracts.Mailboxes.V1;

namespace Mailstead.Conversations.Imap;

/// <summary>NUL is no character of IMAP (RFC 9051 §9: CHAR8) but in a literal8 (RFC 3516 §4): it comes and goes in no other way.</summary>
public sealed class NulScripts(ImapHouse house)
{
    private const string WithNul = "Subject: a\0b\nContent-Type: text/plain; name=\"x\0y\"\nContent-Transfer-Encoding: binary\n\none\0two\0\n";

    [Fact]
    public async Task A_message_with_NUL_needs_a_literal8()
    {
        var mailbox = await house.CreateMailboxAsync();
        await ImapConversation.PlayInAsync(
            house, mailbox,
            """
            C: a APPEND INBOX {11+}
            C: Hello: \0X\0X
            S: a BAD A literal has no NUL octets in it: send the message as literal8 (~{…}), or encode what has them as base64
            C: b STATUS INBOX (MESSAGES)
            S: * STATUS "INBOX" (MESSAGES 0)
            S: b OK …
            C: c APPEND INBOX ~{11+}
            C: Hello: \0X\0X
            S: c OK [APPENDUID …] APPEND completed
            C: d STATUS INBOX (MESSAGES SIZE)
            S: * STATUS "INBOX" (MESSAGES 1 SIZE 11)
            S: d OK …
            """.Replace("\\0", "\0", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Names_and_words_have_none_either()
    {
        var mailbox = await house.CreateMailboxAsync();
        await ImapConversation.PlayInAsync(
            house, mailbox,
            """
            C: a CREATE {3+}
            C: a\0b
            S: a BAD …
            C: b CREATE ~{3+}
            C: a\0b
            S: b BAD …
            C: c CREATE "a&AAA-b"
            S: c NO …
            C: d SELECT INBOX
            S: …
            S: …
            S: …
            S: …
            S: …
            S: …
            S: …
            S: …
            S: d OK …
            C: e SEARCH SUBJECT {3+}
            C: a\0b
            S: e BAD …
            """.Replace("\\0", "\0", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("BODY.PEEK[]")]
    [InlineData("BODY.PEEK[]<3.90>")]
    [InlineData("RFC822")]
    [InlineData("RFC822.HEADER")]
    [InlineData("BODY.PEEK[TEXT]")]
    [InlineData("BODY.PEEK[1]")]
    [InlineData("BODY.PEEK[1.MIME]")]
    [InlineData("BODY.PEEK[HEADER.FIELDS (SUBJECT)]")]
    [InlineData("BODY.PEEK[HEADER.FIELDS.NOT (DATE)]")]
    [InlineData("ENVELOPE")]
    [InlineData("BODYSTRUCTURE")]
    public async Task What_was_stored_with_NUL_is_shown_without_and_as_long(string item)
    {
        var mailbox = await house.CreateMailboxAsync();
        await house.AppendAsync(mailbox, WithNul);
        var shown = await FetchAsync(mailbox, item);
        await house.AppendAsync(mailbox, WithNul.Replace('\0', '_'));

        Assert.DoesNotContain((byte)0, shown);
        Assert.Contains((byte)0x80, shown);
        var plain = await FetchAsync(mailbox, item, message: 2);
        if (item is not ("ENVELOPE" or "BODYSTRUCTURE"))
            Assert.Equal(plain, Array.ConvertAll(shown, octet => octet == 0x80 ? (byte)'_' : octet));
    }

    [Fact]
    public async Task BINARY_tells_what_stands_there()
    {
        var mailbox = await house.CreateMailboxAsync();
        await house.AppendAsync(mailbox, WithNul);

        var shown = await FetchAsync(mailbox, "BINARY.PEEK[1]");

        Assert.Equal("FETCH (BINARY[1] ~{10}\r\none\0two\0\r\n)\r\n", Encoding.Latin1.GetString(shown));
    }

    private async Task<byte[]> FetchAsync(MailboxRef mailbox, string item, int message = 1)
    {
        var answer = await ImapExchange.RunAsync(
            house, $"l LOGIN {mailbox.MailboxId} secret\r\ns EXAMINE INBOX\r\nbegin NOOP\r\nf FETCH {message} ({item})\r\n");
        var text = Encoding.Latin1.GetString(answer);
        var from = text.IndexOf("begin OK", StringComparison.Ordinal);
        from = text.IndexOf("FETCH (", from, StringComparison.Ordinal);
        var to = text.IndexOf("f OK", from, StringComparison.Ordinal);
        return answer[from..to];
    }
}
