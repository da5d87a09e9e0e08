using System.Net.Sockets;
using System.Text;
using Mailstead.EndToEnd.Harness;

namespace Mailstead.EndToEnd.Imap;

/// <summary>Clients that want to harm: memory stays bounded, and others are served meanwhile.</summary>
public sealed class HostileClientTests(HostileClientTests.Target target) : IClassFixture<HostileClientTests.Target>
{
    /// <summary>What a single connection may cost at most, with everything that the process needs to work with it.</summary>
    private const int GrowthMaxMegabytes = 150;

    /// <summary>
    /// With guesses, each of which takes 19 MiB for a moment: garbage may pile up as far as the collector lets it, which follows the
    /// processor's cache. Kept, those of the test would be 20 GB.
    /// </summary>
    private const int GrowthWithGuessesMaxMegabytes = 500;

    private static readonly TimeSpan AttackTime = TimeSpan.FromSeconds(6);

    private MailsteadServer Server => target.Demo.Server;

    [Theory]
    [InlineData("a CAPABILITY\r\n")]
    [InlineData("a NOOP\r\n")]
    [InlineData("a FROB\r\n")]
    public Task A_stranger_who_pipelines_and_never_reads_costs_no_memory_and_is_cut_off(string command) =>
        IsBoundedAsync(async () =>
        {
            await using var session = await ImapLines.OpenAsync(Server);
            await PourAsync(session, string.Concat(Enumerable.Repeat(command, 1000)), long.MaxValue);
        });

    [Fact]
    public Task A_user_who_fetches_large_bodies_and_never_reads_costs_no_memory_and_is_cut_off() =>
        IsBoundedAsync(async () =>
        {
            await using var session = await ImapLines.SignInAsync(target.Demo, DemoServer.Alice);
            await AppendAsync(session, 30_000_000);
            await session.SayAsync("SELECT INBOX");
            await PourAsync(session, string.Concat(Enumerable.Repeat("f FETCH 1:* (BODY.PEEK[] BODY.PEEK[TEXT])\r\n", 100)), 4_000_000);
            // Nothing was read for longer than a client is waited for: reading now finds the end.
            await Task.Delay(Target.WriteTimeout + TimeSpan.FromSeconds(12));
            Assert.True(await session.EndsWithinAsync(TimeSpan.FromSeconds(60)));
        });

    [Theory]
    [InlineData("")]
    [InlineData("a LOGIN ")]
    public Task A_line_of_1_GB_is_cut_at_its_limit(string start) =>
        IsBoundedAsync(async () =>
        {
            await using var session = await ImapLines.OpenAsync(Server);
            await session.LineAsync();
            var answer = session.LineAsync();
            await PourAsync(session, start + new string('x', 100_000), 1_000_000_000);
            Assert.StartsWith("* BYE [TOOBIG]", await answer, StringComparison.Ordinal);
        });

    [Theory]
    [InlineData("a LOGIN {1000000000}\r\n")]
    [InlineData("a LOGIN {1000000000+}\r\n")]
    [InlineData("a LOGIN {99999999999999999999+}\r\n")]
    [InlineData("a APPEND INBOX {1000000000+}\r\n")]
    public Task A_literal_of_1_GB_from_a_stranger_is_refused_before_it_comes(string command) =>
        IsBoundedAsync(async () =>
        {
            await using var session = await ImapLines.OpenAsync(Server);
            await session.LineAsync();
            await session.SendAsync(command);
            var answer = session.LineAsync();
            await PourAsync(session, new string('x', 100_000), 1_000_000_000);
            var line = await answer;
            Assert.True(line is null || line.StartsWith("* BYE", StringComparison.Ordinal) || line.StartsWith("a BAD", StringComparison.Ordinal), line);
            Assert.True(await session.EndsWithinAsync(TimeSpan.FromSeconds(60)));
        });

    [Fact]
    public Task An_append_of_1_GB_is_refused_whether_the_client_asks_first_or_not() =>
        IsBoundedAsync(async () =>
        {
            await using var session = await ImapLines.SignInAsync(target.Demo, DemoServer.Bob);
            await session.SendAsync("a APPEND INBOX {1000000000}\r\n");
            Assert.StartsWith("a NO [TOOBIG]", await session.LineAsync(), StringComparison.Ordinal);
            await session.SendAsync("b APPEND INBOX {1000000000+}\r\n");
            var answer = session.LineAsync();
            await PourAsync(session, new string('x', 100_000), 1_000_000_000);
            Assert.StartsWith("b NO [TOOBIG]", await answer, StringComparison.Ordinal);
            Assert.True(await session.EndsWithinAsync(TimeSpan.FromSeconds(60)));
        });

    [Fact]
    public Task A_million_tiny_commands_are_answered() =>
        IsBoundedAsync(async () =>
        {
            await using var session = await ImapLines.SignInAsync(target.Demo, DemoServer.Bob);
            var pouring = PourAsync(session, string.Concat(Enumerable.Repeat("a NOOP\r\n", 1000)), 8_000_000);
            for (var i = 0; i < 1_000_000; i++)
                Assert.Equal("a OK NOOP completed", await session.LineAsync());
            await pouring;
        });

    [Theory]
    [InlineData("SEARCH ", "(", ")", "ALL")]
    [InlineData("SEARCH ", "NOT ", "", "ALL")]
    [InlineData("SEARCH ", "OR ALL ", "", "ALL")]
    [InlineData("FETCH 1 ", "(", ")", "FLAGS")]
    [InlineData("LIST ", "(", ")", "\"\" *")]
    [InlineData("STORE 1 FLAGS ", "(", ")", "\\Seen")]
    [InlineData("SELECT INBOX ", "(", ")", "CONDSTORE")]
    public Task Deep_nesting_is_refused(string verb, string open, string close, string inside) =>
        IsBoundedAsync(async () =>
        {
            await using var session = await ImapLines.SignInAsync(target.Demo, DemoServer.Bob);
            await session.SayAsync("EXAMINE INBOX");
            var answer = await session.SayAsync(
                verb + string.Concat(Enumerable.Repeat(open, 5000)) + inside + string.Concat(Enumerable.Repeat(close, 5000)));
            Assert.Matches("^t[0-9]+ (BAD|NO) ", answer[^1]);
            Assert.Matches("^t[0-9]+ OK ", (await session.SayAsync("NOOP"))[^1]);
        });

    [Fact]
    public Task Thousands_of_sections_in_one_fetch_are_refused() =>
        IsBoundedAsync(async () =>
        {
            await using var session = await ImapLines.SignInAsync(target.Demo, DemoServer.Bob);
            await session.SayAsync("EXAMINE INBOX");
            var answer = await session.SayAsync($"FETCH 1:* ({string.Join(' ', Enumerable.Repeat("BODY.PEEK[]", 5000))})");
            Assert.Contains(" BAD ", answer[^1], StringComparison.Ordinal);
        });

    [Fact]
    public async Task Two_thousand_idle_connections_leave_room_for_others()
    {
        var sockets = new List<TcpClient>();
        try
        {
            for (var i = 0; i < 2000; i++)
            {
                var socket = new TcpClient();
                sockets.Add(socket);
                await socket.ConnectAsync("127.0.0.1", Server.Imap);
                await socket.GetStream().WriteAsync("a NOOP\r\n"u8.ToArray());
            }

            var lines = new byte[512];
            foreach (var socket in sockets)
            {
                var read = await socket.GetStream().ReadAsync(lines).AsTask().WaitAsync(TimeSpan.FromSeconds(60));
                Assert.StartsWith("* OK", Encoding.ASCII.GetString(lines, 0, read), StringComparison.Ordinal);
            }

            await OthersAreServedAsync();
        }
        finally
        {
            sockets.ForEach(socket => socket.Dispose());
        }
    }

    [Fact]
    public async Task Guessing_is_slowed_and_ended_and_the_owner_still_gets_in_from_a_new_connection()
    {
        await using var session = await ImapLines.OpenTlsAsync(Server);
        await session.LineAsync();
        for (var attempt = 0; attempt < 3; attempt++)
            Assert.Contains(" NO [AUTHENTICATIONFAILED]", (await session.SayAsync($"LOGIN {DemoServer.Carol} wrong{attempt}"))[^1], StringComparison.Ordinal);
        Assert.StartsWith("* BYE", await session.LineAsync(), StringComparison.Ordinal);
        await using var owner = await ImapLines.SignInAsync(target.Demo, DemoServer.Carol);
    }

    [Fact]
    public Task A_flood_of_guesses_from_an_address_is_slowed_and_leaves_room_for_others() =>
        IsBoundedAsync(async () =>
        {
            var floods = Enumerable.Range(0, 60).Select(async number =>
            {
                await using var session = await ImapLines.OpenTlsAsync(Server, "127.0.0.2");
                await session.LineAsync();
                await session.SendAsync(string.Concat(Enumerable.Range(0, 20).Select(i => $"a LOGIN nobody{number}@demo.mailstead.test guess{i}\r\n")));
                return await session.LinesUntilAsync("* BYE");
            }).ToList();
            await OthersAreServedAsync();
            var answers = (await Task.WhenAll(floods)).SelectMany(lines => lines).ToList();
            Assert.DoesNotContain(answers, line => line.StartsWith("a OK", StringComparison.Ordinal));
            Assert.Contains(answers, line => line.Contains("Too many failed attempts: try again in", StringComparison.Ordinal));
        }, GrowthWithGuessesMaxMegabytes);

    [Fact]
    public async Task Commands_pipelined_behind_STARTTLS_are_never_carried_out()
    {
        await using var session = await ImapLines.OpenAsync(Server);
        await session.LineAsync();
        await session.SendAsync("a STARTTLS\r\nb CAPABILITY\r\n");
        Assert.StartsWith("a BAD", await session.LineAsync(), StringComparison.Ordinal);
        Assert.Null(await session.LineAsync());
    }

    [Theory]
    [InlineData("&")]
    [InlineData("&AA")]
    [InlineData("&AC8-")]
    [InlineData("&2AA-")]
    [InlineData("&!!!-")]
    [InlineData("a&b")]
    public async Task Names_in_broken_modified_UTF_7_are_refused(string name)
    {
        await using var session = await ImapLines.SignInAsync(target.Demo, DemoServer.Carol);
        Assert.Matches("^t[0-9]+ (BAD|NO) ", (await session.SayAsync($"CREATE \"{name}\""))[^1]);
        Assert.Matches("^t[0-9]+ (BAD|NO) ", (await session.SayAsync($"SELECT \"{name}\""))[^1]);
    }

    /// <summary>Runs the attack, then looks at what it cost and whether the server still serves.</summary>
    private async Task IsBoundedAsync(Func<Task> attack, int growthMax = GrowthMaxMegabytes)
    {
        var memory = new PeakMemory(Server);
        await attack();
        Assert.InRange(memory.GrowthInMegabytes, long.MinValue, growthMax);
        await OthersAreServedAsync();
    }

    private async Task OthersAreServedAsync()
    {
        await using var other = await ImapLines.SignInAsync(target.Demo, DemoServer.Carol);
        Assert.Contains(" OK ", (await other.SayAsync("SELECT INBOX"))[^1], StringComparison.Ordinal);
    }

    private static async Task AppendAsync(ImapLines session, int octets)
    {
        const string Header = "Subject: large\r\n\r\n";
        await session.SendAsync($"a APPEND INBOX {{{Header.Length + octets}+}}\r\n{Header}");
        var line = new string('x', 998) + "\r\n";
        for (var sent = 0; sent < octets; sent += 1_000_000)
            await session.SendAsync(string.Concat(Enumerable.Repeat(line, 1000)));
        await session.SendAsync("\r\n");
        Assert.StartsWith("a OK", (await session.LinesUntilAsync("a "))[^1], StringComparison.Ordinal);
    }

    /// <summary>Writes on and on, until enough, the end of the connection, or for some seconds.</summary>
    private static async Task PourAsync(ImapLines session, string octets, long enough)
    {
        var data = Encoding.Latin1.GetBytes(octets);
        using var time = new CancellationTokenSource(enough == long.MaxValue ? AttackTime : TimeSpan.FromSeconds(60));
        try
        {
            for (long sent = 0; sent < enough; sent += data.Length)
                await session.Stream.WriteAsync(data, time.Token);
        }
        catch (Exception ended) when (ended is OperationCanceledException or IOException)
        {
            // No more is taken.
        }
    }

    /// <summary>A server that waits for slow readers as short as it may, and trusts this machine to open many connections.</summary>
    public sealed class Target : IAsyncLifetime
    {
        internal static readonly TimeSpan WriteTimeout = TimeSpan.FromSeconds(5);

        internal DemoServer Demo { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Demo = await DemoServer.StartAsync(new()
            {
                ["MAILSTEAD_Imap__WriteTimeout"] = WriteTimeout.ToString("c"),
                ["MAILSTEAD_Imap__TrustedNetworks__0"] = "127.0.0.0/8",
            });
        }

        public async ValueTask DisposeAsync() => await Demo.DisposeAsync();
    }
}
