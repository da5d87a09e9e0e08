using System.Globalization;
using System.Text;
using Mailstead.EndToEnd.Harness;

namespace Mailstead.EndToEnd.Imap;

/// <summary>Debian's mbsync keeps a Maildir and a mailbox alike.</summary>
public sealed class MbsyncTests(DemoServer demo) : IClassFixture<DemoServer>, IDisposable
{
    private const int Count = 1000;

    private readonly string folder = Directory.CreateTempSubdirectory("mailstead-mbsync-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task A_thousand_messages_go_each_way_and_flags_and_removals_follow()
    {
        await using var session = await ImapLines.SignInAsync(demo, DemoServer.Alice);
        await FillAsync(session);
        WriteSettings();

        await SyncAsync();
        Assert.Equal(Count, Messages().Count);

        for (var i = 0; i < Count; i++)
            File.WriteAllText(Path.Combine(folder, "mail", "INBOX", "new", $"1700000000.{i}.local"), Message("local", i));
        await SyncAsync();
        await session.SayAsync("SELECT INBOX");
        Assert.Equal(Count, await FindAsync(session, "SUBJECT local-"));
        Assert.Equal(Count, await FindAsync(session, "SUBJECT remote-"));

        // Flags and removals on both sides between two runs.
        await session.SayAsync("STORE 1:100 +FLAGS.SILENT (\\Flagged)");
        await session.SayAsync("STORE 101:200 +FLAGS.SILENT (\\Deleted)");
        await session.SayAsync("EXPUNGE");
        Rename("local-", "FS", 0, 50);
        Rename("local-", "ST", 50, 80);
        await SyncAsync();
        await session.SayAsync("NOOP");
        Assert.Equal(100, Messages().Count(path => FlagsOf(path).Contains('F') && File.ReadAllText(path).Contains("remote-", StringComparison.Ordinal)));
        Assert.Equal((2 * Count) - 130, Messages().Count);
        Assert.Equal((2 * Count) - 130, await FindAsync(session, "ALL"));
        Assert.Equal(50, await FindAsync(session, "SEEN FLAGGED SUBJECT local-"));
        Assert.Equal(0, await FindAsync(session, "DELETED"));

        // Nothing more to do: a run changes nothing.
        var before = await session.SayAsync("STATUS INBOX (HIGHESTMODSEQ)");
        await SyncAsync();
        Assert.Equal(before[0], (await session.SayAsync("STATUS INBOX (HIGHESTMODSEQ)"))[0]);
    }

    private static string Message(string kind, int number) =>
        $"From: a@x.test\nTo: b@x.test\nSubject: {kind}-{number}\nMessage-ID: <{kind}-{number}@x.test>\nDate: Mon, 7 Feb 1994 21:52:25 -0800\n\nBody of {kind} {number}\n";

    private static async Task FillAsync(ImapLines session)
    {
        var commands = new StringBuilder();
        for (var i = 0; i < Count; i++)
        {
            var message = Message("remote", i).ReplaceLineEndings("\r\n");
            commands.Append(CultureInfo.InvariantCulture, $"a APPEND INBOX {{{message.Length}+}}\r\n{message}\r\n");
        }

        var sending = session.SendAsync(commands.ToString());
        for (var i = 0; i < Count; i++)
            Assert.StartsWith("a OK [APPENDUID", await session.LineAsync(), StringComparison.Ordinal);
        await sending;
    }

    private void WriteSettings()
    {
        Directory.CreateDirectory(Path.Combine(folder, "mail"));
        File.WriteAllText(Path.Combine(folder, "mbsyncrc"),
            $"""
            IMAPAccount demo
            Host localhost
            Port {demo.Server.ImapTls}
            User {DemoServer.Alice}
            Pass "{demo.PasswordOf(DemoServer.Alice)}"
            SSLType IMAPS
            CertificateFile {demo.Server.CertificateAuthority}

            IMAPStore far
            Account demo

            MaildirStore near
            Path {folder}/mail/
            Inbox {folder}/mail/INBOX
            SubFolders Verbatim

            Channel all
            Far :far:
            Near :near:
            Create Both
            Expunge Both
            SyncState *

            """);
    }

    private Task<string> SyncAsync() => Tool.MustAsync("mbsync", ["-c", Path.Combine(folder, "mbsyncrc"), "all"], seconds: 120);

    private List<string> Messages() =>
        [.. new[] { "new", "cur" }.SelectMany(part => Directory.GetFiles(Path.Combine(folder, "mail", "INBOX", part)))];

    private static string FlagsOf(string path) => path.Contains(":2,", StringComparison.Ordinal) ? path[(path.LastIndexOf(":2,", StringComparison.Ordinal) + 3)..] : "";

    /// <summary>Gives messages of this subject these flags, as a Maildir reader does: by their name.</summary>
    private void Rename(string subject, string flags, int from, int to)
    {
        foreach (var path in Messages().Where(path => File.ReadAllText(path).Contains(subject, StringComparison.Ordinal)).Order().Skip(from).Take(to - from))
        {
            var name = Path.GetFileName(path).Split(":2,")[0];
            File.Move(path, Path.Combine(folder, "mail", "INBOX", "cur", $"{name}:2,{flags}"));
        }
    }

    private static async Task<int> FindAsync(ImapLines session, string keys)
    {
        var answer = await session.SayAsync($"SEARCH RETURN (COUNT) {keys}");
        var found = answer.Single(line => line.StartsWith("* ESEARCH", StringComparison.Ordinal));
        return int.Parse(found.Split(' ')[^1], CultureInfo.InvariantCulture);
    }
}
