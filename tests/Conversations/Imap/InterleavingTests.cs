using Mailstead.Contracts.Mailboxes.V1;

namespace Mailstead.Conversations.Imap;

/// <summary>
/// Sessions that do what they like in one folder, in any order: each ends with the picture that the folder has, whatever it has
/// enabled, and a client that was away and resynchronizes (RFC 7162 §3.2.5) ends with it too.
/// </summary>
public sealed class InterleavingTests(ImapHouse house)
{
    private const int Steps = 60;

    private static readonly string[] Flags = ["\\Seen", "\\Flagged", "\\Deleted", "\\Answered", "$One", "$Two"];

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 40)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Every_client_ends_with_the_same_picture(int seed)
    {
        var random = new Random(seed);
        var mailbox = await house.CreateMailboxAsync();
        for (var i = 0; i < 8; i++)
            await house.AppendAsync(mailbox, SampleMessages.Small);
        var clients = new List<Client>
        {
            await Client.OpenAsync(house, mailbox, ""),
            await Client.OpenAsync(house, mailbox, "CONDSTORE"),
            await Client.OpenAsync(house, mailbox, "QRESYNC"),
        };
        var away = clients[2].Replica.Copy();
        for (var step = 0; step < Steps; step++)
        {
            await clients[random.Next(clients.Count)].DoAsync(Choose(random));
            if (step == Steps / 3)
                away = await SettledAsync(clients[2]);
        }

        var truth = await TruthAsync(mailbox);
        foreach (var client in clients)
            Assert.Equal(truth, (await SettledAsync(client)).Picture);

        await clients[2].ReturnAsync(away);
        Assert.Equal(truth, clients[2].Replica.Picture);
        foreach (var client in clients)
        {
            await client.Line.EndAsync();
            client.Line.Dispose();
        }
    }

    /// <summary>What a client does next, given how many messages it knows of.</summary>
    private static Func<int, string> Choose(Random random)
    {
        var (roll, silent, flag) = (random.Next(100), random.Next(2) == 0 ? ".SILENT" : "", Flags[random.Next(Flags.Length)]);
        var (first, second, sign) = (random.NextDouble(), random.NextDouble(), random.Next(2) == 0 ? '+' : '-');
        return count =>
        {
            var set = $"{1 + (int)(first * count)}:{1 + (int)(second * count)}";
            return roll switch
            {
                < 45 when count > 0 => $"STORE {set} {sign}FLAGS{silent} ({flag})",
                < 60 => "APPEND INBOX {3+}\r\nnew",
                < 70 => "EXPUNGE",
                < 75 when count > 0 => $"MOVE {1 + (int)(first * count)} Archive",
                < 80 when count > 0 => $"COPY {set} INBOX",
                < 85 when count > 0 => $"FETCH {set} (FLAGS)",
                < 90 when count > 0 => $"UID FETCH {1 + (int)(first * 20)} (BODY[TEXT]<0.1>)",
                < 95 when count > 0 => $"SEARCH {set} UNSEEN",
                _ => "NOOP",
            };
        };
    }

    /// <summary>The client hears all news.</summary>
    private static async Task<FolderReplica> SettledAsync(Client client)
    {
        await client.DoAsync(_ => "NOOP");
        return client.Replica.Copy();
    }

    private async Task<string> TruthAsync(MailboxRef mailbox)
    {
        var witness = await Client.OpenAsync(house, mailbox, "");
        var picture = witness.Replica.Picture;
        await witness.Line.EndAsync();
        witness.Line.Dispose();
        return picture;
    }

    private sealed class Client(ImapLine line)
    {
        public ImapLine Line { get; } = line;

        public FolderReplica Replica { get; private set; } = new();

        public static async Task<Client> OpenAsync(ImapHouse house, MailboxRef mailbox, string enable)
        {
            var client = new Client(await ImapLine.SignInAsync(house, mailbox.MailboxId));
            if (enable.Length > 0)
                await client.Line.SayAsync("ENABLE " + enable);
            await client.DoAsync(_ => "SELECT INBOX");
            return client;
        }

        public async Task DoAsync(Func<int, string> command)
        {
            var text = command(Replica.Count);
            Replica.Say(text);
            foreach (var line in await Line.SayAsync(text))
                Replica.Hear(line);
            // As every client does: what EXISTS has announced is asked for at once.
            if (Replica.FirstUnknown is > 0 and var first)
                await DoAsync(_ => $"FETCH {first}:* (UID FLAGS)");
        }

        /// <summary>Comes back with an old picture, and asks for nothing but what resynchronization tells.</summary>
        public async Task ReturnAsync(FolderReplica old)
        {
            await Line.SayAsync("UNSELECT");
            var known = old.Count > 0 ? " 1:4294967294" : "";
            var answer = await Line.SayAsync($"SELECT INBOX (QRESYNC ({old.UidValidity} {old.HighestModSeq}{known}))");
            Replica = old;
            // Sequence numbers hold when what vanished is gone; what is new comes with its uid.
            foreach (var line in answer.Where(line => line.Contains("VANISHED", StringComparison.Ordinal)))
                Replica.Hear(line);
            foreach (var line in answer.Where(line => !line.Contains("VANISHED", StringComparison.Ordinal)))
                Replica.Hear(line);
        }
    }
}
