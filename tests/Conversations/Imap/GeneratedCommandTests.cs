namespace Mailstead.Conversations.Imap;

/// <summary>Commands that are nearly right, and far from it: each is answered, none breaks the server or the session.</summary>
public sealed class GeneratedCommandTests(ImapHouse house)
{
    private static readonly string[] Whole =
    [
        "FETCH 1:* (FLAGS UID BODYSTRUCTURE BODY.PEEK[1.2.HEADER.FIELDS (Subject From)]<0.20>)", "UID FETCH 1,3:* (BINARY.PEEK[2] BINARY.SIZE[1] ENVELOPE)",
        "STORE 1:2 (UNCHANGEDSINCE 5) +FLAGS.SILENT (\\Seen $Mine)", "SEARCH RETURN (MIN COUNT SAVE) OR (SUBJECT \"x\" UNSEEN) NOT 1:2",
        "UID SEARCH CHARSET UTF-8 TEXT {3+}\r\nabc SINCE 1-Feb-2024 MODSEQ 3", "LIST (SUBSCRIBED RECURSIVEMATCH) \"\" (% \"*a\") RETURN (STATUS (MESSAGES SIZE))",
        "STATUS INBOX (MESSAGES UIDNEXT HIGHESTMODSEQ DELETED-STORAGE)", "CREATE \"a/&U,BTFw-/c\"", "RENAME a/b c/d", "COPY $ Archive", "UID MOVE 1:* Archive",
        "APPEND INBOX (\\Seen) \"17-Jul-1996 02:44:25 -0700\" {5+}\r\n12345", "SELECT INBOX (QRESYNC (1770091506 3 1:9 (1,2 1,3)))", "EXAMINE Drafts (CONDSTORE)",
        "ENABLE IMAP4rev2 CONDSTORE QRESYNC", "UID EXPUNGE 1:*", "GETQUOTAROOT INBOX", "ID (\"name\" NIL)", "LSUB \"\" %", "SUBSCRIBE a/b", "NAMESPACE",
        "FETCH 1 (RFC822.TEXT EMAILID THREADID MODSEQ)", "FETCH * FULL", "UID FETCH 1:* (FLAGS) (CHANGEDSINCE 2 VANISHED)", "CLOSE", "UNSELECT", "EXPUNGE",
    ];

    private static readonly string[] Strays =
    [
        "(", ")", "\"", "\\", " ", "  ", "[", "]", "<", ">", "*", "%", "$", ":", ",", "0", "4294967295", "4294967296", "9223372036854775808", "~", "&", "{0+}\r\n",
        "{2+}\r\n\r\n", "\0", "ä", "NIL", "-1", ".", "1.1.1.1", "\\Recent", "INBOX", "UID",
    ];

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 12)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Every_command_is_answered_and_the_session_goes_on(int seed)
    {
        var random = new Random(seed);
        var mailbox = await house.CreateMailboxAsync();
        foreach (var message in new[] { SampleMessages.Small, SampleMessages.Numbered, SampleMessages.Terry })
            await house.AppendAsync(mailbox, message);
        using var line = await ImapLine.SignInAsync(house, mailbox.MailboxId);
        await line.SayAsync("SELECT INBOX");
        for (var i = 0; i < 150; i++)
        {
            var command = Mutate(random, Whole[random.Next(Whole.Length)]);
            await line.SendAsync($"x{i} {command}");
            var lines = await line.SayAsync("NOOP");
            Assert.Contains(lines, told => told.StartsWith($"x{i} ", StringComparison.Ordinal) || told.StartsWith("* BAD", StringComparison.Ordinal));
            Assert.DoesNotContain(lines, told => told.Contains("SERVERBUG", StringComparison.Ordinal));
            if (random.Next(10) == 0)
                await line.SayAsync("SELECT INBOX");
        }

        await line.EndAsync();
    }

    /// <summary>Something left out, put in, or said twice; literals stay whole, or the next command would be one.</summary>
    private static string Mutate(Random random, string command)
    {
        for (var changes = random.Next(4); changes > 0; changes--)
        {
            var safe = command.IndexOf('{', StringComparison.Ordinal) is >= 0 and var literal ? literal : command.Length;
            var at = random.Next(safe);
            command = random.Next(3) switch
            {
                0 => command.Remove(at, Math.Min(random.Next(1, 4), safe - at)),
                1 => command.Insert(at, Strays[random.Next(Strays.Length)]),
                _ => command.Insert(at, command.Substring(at, Math.Min(random.Next(1, 9), safe - at))),
            };
        }

        return command;
    }
}
