using System.Text.RegularExpressions;
using Mailstead.Contracts.Mailboxes.V1;

namespace Mailstead.Conversations.Imap;

/// <summary>
/// Plays a script over one or more connections to one mailbox: <c>C:</c> and <c>S:</c> are the first one's lines, <c>C2:</c> and
/// <c>S2:</c> those of a second, opened when it first speaks. <c>…</c> stands for anything up to what follows it. Connections are
/// encrypted and signed in before the script begins, unless it wants to begin with the greeting.
/// </summary>
internal sealed partial class ImapConversation(ImapHouse house, MailboxRef mailbox, bool fromGreeting, bool isEncrypted)
{
    private readonly Dictionary<string, ImapLine> lines = new(StringComparer.Ordinal);
    private int line;

    /// <summary>In a new mailbox with these messages in its inbox.</summary>
    public static async Task PlayAsync(ImapHouse house, string script, params string[] messages)
    {
        var mailbox = await house.CreateMailboxAsync();
        foreach (var message in messages)
            await house.AppendAsync(mailbox, message);
        await new ImapConversation(house, mailbox, fromGreeting: false, isEncrypted: true).RunAsync(script);
    }

    /// <summary>From the greeting on; <c>ACCOUNT</c> in the script is a login that is known, with password <c>secret</c>.</summary>
    public static async Task PlayFromGreetingAsync(ImapHouse house, string script, bool isEncrypted = true)
    {
        var mailbox = await house.CreateMailboxAsync();
        await new ImapConversation(house, mailbox, fromGreeting: true, isEncrypted).RunAsync(script);
    }

    /// <summary>In a mailbox that the test has prepared.</summary>
    public static Task PlayInAsync(ImapHouse house, MailboxRef mailbox, string script) =>
        new ImapConversation(house, mailbox, fromGreeting: false, isEncrypted: true).RunAsync(script);

    private async Task RunAsync(string script)
    {
        script = script.Replace("ACCOUNT", mailbox.MailboxId, StringComparison.Ordinal);
        foreach (var text in script.ReplaceLineEndings("\n").Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            line++;
            if (Step().Match(text) is not { Success: true } step)
                continue;
            var connection = await ConnectionAsync(step.Groups["number"].Value);
            if (step.Groups["side"].Value == "C")
                await connection.SendAsync(step.Groups["text"].Value);
            else
                Expect(step.Groups["text"].Value, await connection.ReadAsync());
        }

        foreach (var connection in lines.Values)
        {
            await connection.EndAsync();
            connection.Dispose();
        }
    }

    private async Task<ImapLine> ConnectionAsync(string number)
    {
        if (lines.TryGetValue(number, out var open))
            return open;
        var connection = new ImapLine(house, isEncrypted);
        lines.Add(number, connection);
        if (fromGreeting)
            return connection;
        await connection.ReadAsync();
        await connection.SendAsync($"login LOGIN {mailbox.MailboxId} secret");
        Expect("login OK …", await connection.ReadAsync());
        return connection;
    }

    private void Expect(string expected, string? actual)
    {
        var pattern = "^" + string.Join(".*", expected.Split('…').Select(Regex.Escape)) + "$";
        Assert.True(actual is not null && Regex.IsMatch(actual, pattern, RegexOptions.Singleline), $"Line {line}\nExpected: {expected}\nActual:   {actual}");
    }

    [GeneratedRegex("^(?<side>[CS])(?<number>[0-9]?): ?(?<text>.*)$", RegexOptions.Singleline)]
    private static partial Regex Step();
}
