using System.Net.Sockets;
using System.Text;
using Mailstead.EndToEnd.Harness;

namespace Mailstead.EndToEnd.Administration;

/// <summary>Strangers who send a request's body slowly, or never: answered, and no error of ours.</summary>
public sealed class SlowBodyTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData("00:00:02", true)]
    [InlineData("00:10:00", false)] // The server's own limit: 240 octets a second.
    public async Task A_body_that_does_not_come_is_answered_with_408(string timeout, bool trickles)
    {
        await using var server = await MailsteadServer.StartAsync([], new Dictionary<string, string> { ["MAILSTEAD_Admin__BodyTimeout"] = timeout });
        var said = await SettleAsync(server);
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", server.PortBase + 80);
        await SendAsync(client, "POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: WorkMailService.ListOrganizations\r\nContent-Length: 100000\r\n\r\n{");

        var answer = ReadAsync(client);
        while (trickles && !answer.IsCompleted)
        {
            await Task.WhenAny(answer, Task.Delay(100));
            await SendAsync(client, new string(' ', 50));
        }

        var told = await answer.WaitAsync(Limit);
        Assert.StartsWith("HTTP/1.1 408 ", told, StringComparison.Ordinal);
        Assert.Contains("RequestTimeoutException", told, StringComparison.Ordinal);
        await AssertCalmAsync(server, said);
    }

    [Fact]
    public async Task A_body_that_breaks_off_is_nobodys_error()
    {
        await using var server = await MailsteadServer.StartAsync([]);
        var said = await SettleAsync(server);
        foreach (var isReset in new[] { false, true })
        {
            using var client = new TcpClient();
            await client.ConnectAsync("127.0.0.1", server.PortBase + 80);
            await SendAsync(client, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{");
            if (isReset)
                client.LingerState = new LingerOption(true, 0);
        }

        await AssertCalmAsync(server, said);
    }

    private static async Task SendAsync(TcpClient client, string text)
    {
        try
        {
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(text));
        }
        catch (Exception closed) when (closed is IOException or InvalidOperationException)
        {
            // Closed, with its answer on the way.
        }
    }

    private static async Task<string> ReadAsync(TcpClient client)
    {
        var told = new StringBuilder();
        var buffer = new byte[4096];
        try
        {
            while (await client.GetStream().ReadAsync(buffer) is > 0 and var count)
                told.Append(Encoding.ASCII.GetString(buffer, 0, count));
        }
        catch (IOException)
        {
            // A reset ends it as well.
        }

        return told.ToString();
    }

    /// <summary>What it has said until all of it serves: a start of many processes has its own warnings.</summary>
    private static async Task<int> SettleAsync(MailsteadServer server)
    {
        Assert.Equal("Healthy", await server.HealthAsync());
        return server.Log.Length;
    }

    /// <summary>It goes on serving; nothing was worth a warning.</summary>
    private static async Task AssertCalmAsync(MailsteadServer server, int said)
    {
        Assert.Equal("Healthy", await server.HealthAsync());
        var log = server.Log[said..];
        Assert.Equal(0, await server.StopAsync());
        Assert.DoesNotContain(log.Split('\n'), line => line.Contains("\"LogLevel\":\"Error\"", StringComparison.Ordinal)
            || line.Contains("\"LogLevel\":\"Warning\"", StringComparison.Ordinal) || line.Contains("unhandled", StringComparison.OrdinalIgnoreCase));
    }
}
