using System.Collections.Concurrent;
using MailKit;
using Mailstead.EndToEnd.Harness;

namespace Mailstead.EndToEnd.Durability;

/// <summary>
/// 250 means durable (RFC 5321 §4.2.5: the responsibility is taken): the program is killed at random moments under a load of mail, and
/// nothing that it answered for is lost, nothing is there twice.
/// </summary>
public sealed class SmtpKillTests
{
    private const int Kills = 50;
    private const int KillsDuringStart = 8;

    /// <summary>Where each role is a process, mostly one dies at a time; all do when a machine does.</summary>
    private const int KillsPerKillOfAll = 10;
    private const string Password = "Kill-test-2046";

    private readonly string[] addresses = [.. Enumerable.Range(1, 12).Select(i => $"killed{i:00}@demo.mailstead.test")];

    [Fact]
    public async Task Every_message_answered_250_is_in_every_recipients_mailbox_exactly_once()
    {
        await using var server = await MailsteadServer.StartAsync();
        using (var admin = new AdminApi(server))
        {
            var organization = await admin.OrganizationAsync();
            foreach (var address in addresses)
                await admin.CreateUserAsync(organization, address, Password);
        }

        await using var load = new SmtpLoad(server.Smtp, addresses);
        load.Start();
        for (var i = 0; i < Kills; i++)
        {
            await Task.Delay(Random.Shared.Next(500));
            if (server.Names.Count > 1 && i % KillsPerKillOfAll != 0)
            {
                await KillOneAsync(server);
                continue;
            }

            await server.KillAsync();
            if (i % (Kills / KillsDuringStart) == 0)
                await server.LaunchAndKillAsync(TimeSpan.FromMilliseconds(Random.Shared.Next(1500)));
            await server.LaunchAsync();
        }

        await load.StopAsync();
        await DeliveryTables.WaitUntilEmptyAsync(server);

        // What a part that is down can't take is put off; nothing is refused for good.
        Assert.DoesNotContain(load.Refusals, refusal => server.Names.Count == 1 || !refusal.StartsWith("451 4.3.0", StringComparison.Ordinal));
        var messages = load.Messages.ToList();
        var accepted = messages.Where(message => message.WasAccepted).ToList();
        TestContext.Current.SendDiagnosticMessage(
            $"{messages.Count} messages begun, {accepted.Count} accepted, {messages.Count(m => m.WasSentWhole && !m.WasAccepted)} in doubt");
        Assert.True(accepted.Count > 200, $"Only {accepted.Count} messages were accepted: that proves little");
        Check(messages, await CopiesAsync(server, messages.ToDictionary(message => message.Id)));
    }

    private static async Task KillOneAsync(MailsteadServer server)
    {
        var name = server.Names[Random.Shared.Next(server.Names.Count)];
        await server.KillAsync(name);
        await server.LaunchAsync(name);
    }

    private void Check(List<LoadMessage> messages, IReadOnlyDictionary<(string Id, string Address), int> copies)
    {
        var wrong = new List<string>();
        foreach (var message in messages)
        {
            var found = addresses.ToDictionary(address => address, address => copies.GetValueOrDefault((message.Id, address)));
            if (found.Any(pair => pair.Value > 0 && !message.Recipients.Contains(pair.Key)))
                wrong.Add($"{message.Id} is where it was not sent");
            // One whose answer was lost with the connection may have been taken or not, but for all recipients alike.
            var counts = message.Recipients.Select(recipient => found[recipient]).Distinct().ToList();
            var isRight = message.WasAccepted ? counts is [1] : message.WasSentWhole ? counts is [0] or [1] : counts is [0];
            if (!isRight)
                wrong.Add($"{message.Id}, accepted: {message.WasAccepted}: {string.Join(' ', message.Recipients.Select(r => found[r]))}");
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.Equal(copies.Count, copies.Keys.Count(key => messages.Exists(message => message.Id == key.Id)));
    }

    /// <summary>How often each message is in each mailbox; content is compared on the way, once for each message.</summary>
    private async Task<Dictionary<(string, string), int>> CopiesAsync(MailsteadServer server, Dictionary<string, LoadMessage> sent)
    {
        var copies = new Dictionary<(string, string), int>();
        var compared = new ConcurrentDictionary<string, bool>();
        foreach (var address in addresses)
        {
            using var client = await Mailbox.ConnectAsync(server);
            await client.AuthenticateAsync(address, Password);
            await client.Inbox!.OpenAsync(FolderAccess.ReadOnly);
            var items = await client.Inbox.FetchAsync(0, -1, MessageSummaryItems.UniqueId | MessageSummaryItems.Envelope);
            Assert.Equal(items.Count, items.Select(item => item.UniqueId).Distinct().Count());
            foreach (var item in items)
            {
                var id = item.Envelope!.MessageId!;
                copies[(id, address)] = copies.GetValueOrDefault((id, address)) + 1;
                if (compared.TryAdd(id, true))
                    await CompareAsync(client.Inbox, item.UniqueId, sent[id]);
            }
        }

        return copies;
    }

    private static async Task CompareAsync(IMailFolder folder, UniqueId uid, LoadMessage message)
    {
        using var reader = new StreamReader(await folder.GetStreamAsync(uid));
        var whole = await reader.ReadToEndAsync();
        Assert.True(whole.EndsWith(message.Content, StringComparison.Ordinal), $"{message.Id} is not what was sent");
    }
}
