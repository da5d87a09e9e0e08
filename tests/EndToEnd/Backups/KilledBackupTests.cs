using System.Diagnostics;
using MailKit;
using MailKit.Net.Imap;
using Mailstead.EndToEnd.Harness;
using MimeKit;

namespace Mailstead.EndToEnd.Backups;

/// <summary>A backup and a restore that are killed: neither is taken for a whole one, and the same command does it then.</summary>
public sealed class KilledBackupTests : IAsyncLifetime
{
    private const int Messages = 30;
    private const int OctetsOfEach = 1_000_000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string backups = Directory.CreateTempSubdirectory("mailstead-backups-").FullName;
    private MailsteadServer server = null!;

    public async ValueTask InitializeAsync() => server = await MailsteadServer.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        Directory.Delete(backups, recursive: true);
    }

    [Fact]
    public async Task What_was_killed_is_never_taken_for_whole_and_the_same_command_does_it()
    {
        using (var alice = await SignInAsync(server))
        {
            for (var i = 0; i < Messages; i++)
                await alice.Inbox!.AppendAsync(Message(i));
        }

        await using var restored = await MailsteadServer.PrepareAsync([], environment: new() { ["MAILSTEAD_Keys__RootKey"] = RootKey() });
        string[] restore = ["backup", "restore", backups];
        string[] take = ["backup", "take", backups];
        // As soon as it has begun, and while it copies bodies.
        await KillWhenAsync(server, take, () => Directory.GetDirectories(backups, "2*").Length > 0);
        Assert.Contains("not complete", (await MustAsync(server, "backup", "list", backups)).Output, StringComparison.Ordinal);
        await KillWhenAsync(server, take, () => Directory.Exists(Bodies) && Directory.GetFiles(Bodies).Length > 0);
        Assert.Contains("not complete", (await MustAsync(server, "backup", "list", backups)).Output, StringComparison.Ordinal);
        Assert.Contains("There is no complete backup", (await restored.RunAsync(restore)).Errors, StringComparison.Ordinal);
        await MustAsync(server, take);
        Assert.Single((await MustAsync(server, "backup", "list", backups)).Output.Trim().Split('\n'));
        await MustAsync(server, "backup", "verify", backups);

        var own = Shape.ForCommands(restored.Data, restored.Settings, new Dictionary<string, string>())["MAILSTEAD_Data"];
        // The working copy of the tables is there, bodies and tables in their place aren't, or not all.
        await KillWhenAsync(restored, restore, () => Directory.Exists(Path.Combine(own, "restore")));
        if (!Shape.IsCluster)
        {
            await KillWhenAsync(restored, restore, () => File.Exists(Path.Combine(own, "restoring")));
            var refused = await Assert.ThrowsAnyAsync<Exception>(restored.LaunchAsync);
            Assert.Contains("restore", refused.Message, StringComparison.Ordinal);
        }

        await MustAsync(restored, restore);
        await server.KillAsync();
        await restored.LaunchAsync();
        using var again = await SignInAsync(restored);
        await again.Inbox!.OpenAsync(FolderAccess.ReadOnly);
        Assert.Equal(Messages, again.Inbox.Count);
        for (var i = 0; i < Messages; i++)
        {
            using var message = await again.Inbox.GetMessageAsync(i);
            Assert.Equal(TextOf(i), message.TextBody!.TrimEnd());
        }
    }

    private string Bodies => Path.Combine(backups, "bodies");

    private string RootKey() => Convert.ToBase64String(File.ReadAllBytes(Directory.EnumerateFiles(server.Data, "root.key", SearchOption.AllDirectories).Single()));

    /// <summary>Starts an operator's command and kills it as soon as <paramref name="condition"/> holds, which must be before it ends.</summary>
    private static async Task KillWhenAsync(MailsteadServer where, string[] words, Func<bool> condition)
    {
        using var process = where.StartCommand(words);
        var waiting = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.False(process.HasExited, $"'{string.Join(' ', words)}' ended with {(process.HasExited ? process.ExitCode : 0)} before it could be killed");
            Assert.True(waiting.Elapsed < Patience, $"'{string.Join(' ', words)}' never came so far");
        }

        process.Kill();
        await process.WaitForExitAsync();
        Assert.NotEqual(0, process.ExitCode);
    }

    private static async Task<Tool> MustAsync(MailsteadServer where, params string[] words)
    {
        var run = await where.RunAsync(words);
        Assert.True(run.ExitCode == 0, run.Errors + run.Output);
        return run;
    }

    private async Task<ImapClient> SignInAsync(MailsteadServer where)
    {
        var client = await Mailbox.ConnectAsync(where);
        await client.AuthenticateAsync(DemoServer.Alice, server.Passwords[DemoServer.Alice]);
        return client;
    }

    private static MimeMessage Message(int number)
    {
        var message = new MimeMessage { Subject = $"number {number}", Body = new TextPart("plain") { Text = TextOf(number) } };
        message.From.Add(new MailboxAddress("", "somebody@example.org"));
        return message;
    }

    private static string TextOf(int number) => new((char)('A' + number % 26), OctetsOfEach);
}
