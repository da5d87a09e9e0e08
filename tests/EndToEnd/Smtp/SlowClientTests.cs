using System.Text;
using Mailstead.EndToEnd.Harness;

namespace Mailstead.EndToEnd.Smtp;

/// <summary>Clients that keep the server waiting (RFC 5321 §4.5.3.2), with its patience set to seconds.</summary>
public sealed class SlowClientTests(ImpatientServer impatient) : IClassFixture<ImpatientServer>
{
    private static readonly TimeSpan Trickle = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    private MailsteadServer Server => impatient.Server;

    [Fact]
    public async Task A_client_that_says_nothing_is_sent_away()
    {
        using var session = await SmtpSession.OpenAsync(Server.Smtp);

        Assert.Equal("421 4.4.2 Timeout, closing connection", await session.ReplyAsync());
        Assert.Equal("", await session.ReplyAsync());
    }

    [Fact]
    public async Task A_command_line_that_trickles_in_is_cut()
    {
        using var session = await SmtpSession.OpenAsync(Server.Smtp);

        var trickling = TrickleAsync(session);

        Assert.Equal("421 4.4.2 Timeout, closing connection", await session.ReplyAsync());
        await trickling;
    }

    [Theory]
    [InlineData("DATA")]
    [InlineData("BDAT 1000000 LAST")]
    public async Task Content_that_trickles_in_is_cut_and_nothing_is_delivered(string command)
    {
        using var session = await SmtpSession.WithRecipientAsync(Server.Smtp, DemoServer.Bob);
        await session.SendAsync(command + "\r\n");
        if (command == "DATA")
            Assert.StartsWith("354", await session.ReplyAsync(), StringComparison.Ordinal);

        var trickling = TrickleAsync(session);

        Assert.Equal("421 4.4.2 Timeout, closing connection", await session.ReplyAsync());
        await trickling;
    }

    [Fact]
    public async Task Content_at_modest_speed_is_waited_for()
    {
        using var session = await SmtpSession.WithRecipientAsync(Server.Smtp, DemoServer.Bob);
        await session.SayAsync("DATA");
        await session.SendAsync("Subject: modest\r\n\r\n");

        // Three times the whole patience, at several times the lowest speed.
        for (var piece = 0; piece < 24; piece++)
        {
            await session.SendAsync(new string('x', 998) + "\r\n" + new string('y', 998) + "\r\n");
            await Task.Delay(Trickle, TestContext.Current.CancellationToken);
        }

        Assert.StartsWith("250 2.0.0", await session.SayAsync("."), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_handshake_that_is_never_made_is_cut()
    {
        using var upgrading = await SmtpSession.OpenAsync(Server.Smtp);
        await upgrading.SayAsync("EHLO client.example.org");
        Assert.StartsWith("220", await upgrading.SayAsync("STARTTLS"), StringComparison.Ordinal);

        Assert.Equal("", await upgrading.RestAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_client_that_pipelines_and_never_reads_is_held_back_and_then_cut(bool isEncrypted)
    {
        var memory = new PeakMemory(Server);
        using var session = await SmtpSession.OpenAsync(Server.Smtp);
        if (isEncrypted)
        {
            await session.SayAsync("EHLO client.example.org");
            await session.StartTlsAsync();
        }

        var commands = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("NOOP\r\n", 10_000)));
        var flood = Task.Run(async () =>
        {
            while (true)
                await session.Stream.WriteAsync(commands);
        }, TestContext.Current.CancellationToken);

        await Assert.ThrowsAsync<IOException>(() => flood.WaitAsync(Limit));
        Assert.InRange(memory.GrowthInMegabytes, long.MinValue, 100);
    }

    [Fact]
    public async Task An_address_has_so_many_connections_at_once_and_in_a_minute()
    {
        var admitted = new List<SmtpSession>();
        for (var opened = 0; opened < ImpatientServer.ConnectionsMax; opened++)
            admitted.Add(await SmtpSession.OpenAsync(Server.Submission));
        using (var oneTooMany = await SmtpSession.OpenAsync(Server.Submission))
            Assert.Equal("421 4.7.0 Too many connections from your address, try again later", oneTooMany.Greeting);

        Assert.All(admitted, session => Assert.StartsWith("220", session.Greeting, StringComparison.Ordinal));
        Assert.StartsWith("221", await admitted[0].SayAsync("QUIT"), StringComparison.Ordinal);
        await WaitForGreetingAsync("220");
        foreach (var session in admitted)
            session.Dispose();

        // Whenever the minute ends, two full rounds and one more are too many.
        await WaitForGreetingAsync("421", (2 * ImpatientServer.ConnectionsPerMinuteMax) + 1);
    }

    private async Task WaitForGreetingAsync(string code, int attempts = 600)
    {
        for (var attempt = 0; attempt < attempts; attempt++)
        {
            using var session = await SmtpSession.OpenAsync(Server.Submission);
            if (session.Greeting.StartsWith(code, StringComparison.Ordinal))
                return;
            await session.SayAsync("QUIT");
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }

        Assert.Fail($"No greeting with {code} in {attempts} attempts");
    }

    /// <summary>One octet now and then until the server has had enough.</summary>
    private static async Task TrickleAsync(SmtpSession session)
    {
        using var limit = new CancellationTokenSource(Limit);
        try
        {
            while (true)
            {
                await session.Stream.WriteAsync("x"u8.ToArray(), limit.Token);
                await Task.Delay(Trickle, limit.Token);
            }
        }
        catch (IOException)
        {
            // Cut off, as it should be.
        }
    }
}
