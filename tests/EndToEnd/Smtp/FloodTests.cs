using System.Text;
using Mailstead.EndToEnd.Harness;

namespace Mailstead.EndToEnd.Smtp;

/// <summary>Clients that send more than anyone needs: the server's memory does not follow, and others are served.</summary>
public sealed class FloodTests(DemoServer demo) : IClassFixture<DemoServer>
{
    private const int GrowthMax = 200;
    private const int PieceOctets = 1024 * 1024;

    private MailsteadServer Server => demo.Server;

    [Fact]
    public async Task A_command_line_of_a_gigabyte_is_refused_and_the_session_goes_on()
    {
        var memory = new PeakMemory(Server);
        using var session = await SmtpSession.OpenAsync(Server.Smtp);

        var flood = SendAsync(session, 1024L * 1024 * 1024);
        await MustServeAsync();
        await flood;

        Assert.Equal("500 5.5.2 Line too long: at most 2048 octets", await session.SayAsync(""));
        Assert.StartsWith("250", await session.SayAsync("NOOP"), StringComparison.Ordinal);
        Assert.InRange(memory.GrowthInMegabytes, long.MinValue, GrowthMax);
    }

    [Fact]
    public async Task A_content_line_of_a_gigabyte_is_refused_and_the_session_goes_on()
    {
        var memory = new PeakMemory(Server);
        using var session = await SmtpSession.WithRecipientAsync(Server.Smtp, DemoServer.Bob);
        await session.SayAsync("DATA");

        var flood = SendAsync(session, 1024L * 1024 * 1024);
        await MustServeAsync();
        await flood;

        Assert.StartsWith("552 5.3.4", await session.SayAsync("\r\n."), StringComparison.Ordinal);
        Assert.StartsWith("250", await session.SayAsync("NOOP"), StringComparison.Ordinal);
        Assert.InRange(memory.GrowthInMegabytes, long.MinValue, GrowthMax);
    }

    [Fact]
    public async Task A_million_tiny_commands_are_all_answered()
    {
        const int Count = 1_000_000;
        var memory = new PeakMemory(Server);
        using var session = await SmtpSession.OpenAsync(Server.Smtp);
        var commands = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("NOOP\r\n", 1000)));

        var sending = Task.Run(async () =>
        {
            for (var sent = 0; sent < Count; sent += 1000)
                await session.Stream.WriteAsync(commands);
            await session.Stream.WriteAsync("QUIT\r\n"u8.ToArray());
        });
        await MustServeAsync();
        var answers = await CountLinesAsync(session.Stream);
        await sending;

        Assert.Equal(Count + 1, answers);
        Assert.InRange(memory.GrowthInMegabytes, long.MinValue, GrowthMax);
    }

    [Fact]
    public async Task Two_thousand_idle_connections_cost_little_and_others_are_served()
    {
        const int Count = 2000;
        var memory = new PeakMemory(Server);
        var idle = new List<SmtpSession>();
        try
        {
            for (var opened = 0; opened < Count; opened++)
                idle.Add(await SmtpSession.OpenAsync(Server.Smtp));

            await MustServeAsync();
            Assert.All(idle, session => Assert.StartsWith("220", session.Greeting, StringComparison.Ordinal));
            Assert.InRange(memory.GrowthInMegabytes, long.MinValue, GrowthMax);
            Assert.StartsWith("250", await idle[^1].SayAsync("NOOP"), StringComparison.Ordinal);
        }
        finally
        {
            foreach (var session in idle)
                session.Dispose();
        }
    }

    [Fact]
    public async Task Broken_commands_end_the_session_and_refused_recipients_do_not_soon()
    {
        using var session = await SmtpSession.WithRecipientAsync(Server.Smtp, DemoServer.Bob);
        for (var attempt = 0; attempt < 100; attempt++)
            Assert.StartsWith("550 5.1.1", await session.SayAsync($"RCPT TO:<nobody{attempt}@demo.mailstead.test>"), StringComparison.Ordinal);

        for (var attempt = 0; attempt < 20; attempt++)
            Assert.StartsWith("500", await session.SayAsync("FROB"), StringComparison.Ordinal);

        Assert.StartsWith("421 4.7.0", await session.ReplyAsync(), StringComparison.Ordinal);
        Assert.Equal("", await session.ReplyAsync());
    }

    /// <summary>A conversation of somebody else, beside whatever goes on.</summary>
    private async Task MustServeAsync()
    {
        using var other = await SmtpSession.WithRecipientAsync(Server.Smtp, DemoServer.Alice);
        await other.SayAsync("DATA");
        Assert.StartsWith("250 2.0.0", await other.SayAsync("Subject: beside a flood\r\n\r\nx\r\n."), StringComparison.Ordinal);
    }

    private static async Task SendAsync(SmtpSession session, long octets)
    {
        var piece = new byte[PieceOctets];
        Array.Fill(piece, (byte)'x');
        for (var sent = 0L; sent < octets; sent += piece.Length)
            await session.Stream.WriteAsync(piece);
    }

    private static async Task<int> CountLinesAsync(Stream stream)
    {
        var buffer = new byte[64 * 1024];
        var lines = 0;
        while (await stream.ReadAsync(buffer).AsTask().WaitAsync(TimeSpan.FromSeconds(60)) is > 0 and var read)
            lines += buffer.AsSpan(0, read).Count((byte)'\n');
        return lines;
    }
}
