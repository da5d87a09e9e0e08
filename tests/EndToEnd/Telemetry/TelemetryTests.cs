using System.Text;
using System.Text.Json;
using Mailstead.EndToEnd.Harness;

namespace Mailstead.EndToEnd.Telemetry;

/// <summary>One message, one trace: from the SMTP session to the notification of the IMAP client. And no content in any of it.</summary>
public sealed class TelemetryTests
{
    private const string Secret = "telemetry-canary-bdfhk";

    [Fact]
    public async Task A_message_can_be_followed_from_smtp_to_imap_under_one_trace()
    {
        using var collector = new Collector();
        await using var server = await MailsteadServer.StartAsync(null, new Dictionary<string, string>
        {
            ["MAILSTEAD_Telemetry__Otlp"] = collector.Address,
            ["MAILSTEAD_Telemetry__OtlpProtocol"] = "http",
            ["MAILSTEAD_Logging__LogLevel__Default"] = "Debug",
        });
        using (var client = await Mailbox.ConnectAsync(server))
        {
            await client.AuthenticateAsync(DemoServer.Alice, server.Passwords[DemoServer.Alice]);
            await client.Inbox!.OpenAsync(MailKit.FolderAccess.ReadOnly);
            using var done = new CancellationTokenSource(TimeSpan.FromSeconds(60));
            client.Inbox.CountChanged += (_, _) => done.Cancel();
            var idle = client.IdleAsync(done.Token);
            await ReceiveAsync(server);
            await idle;
            Assert.Equal(1, client.Inbox.Count);
        }

        await Durability.DeliveryTables.WaitUntilEmptyAsync(server);
        Assert.Equal(0, await server.StopAsync());

        var spans = collector.Spans.ToList();
        var session = Assert.Single(spans, span => span.Name == "smtp session");
        var trace = spans.Where(span => span.TraceId == session.TraceId).ToDictionary(span => span.SpanId);
        var steps = trace.Values.Where(span => !IsCall(span)).ToDictionary(span => span.Name);
        Assert.Equal(["accept", "deliver", "imap notify", "route", "smtp session"], steps.Keys.Order(StringComparer.Ordinal));
        foreach (var (step, before) in new[] { ("accept", "smtp session"), ("route", "accept"), ("deliver", "route"), ("imap notify", "deliver") })
            Assert.Equal(before, CauseOf(steps[step]).Name);
        Assert.Contains("/v1/metrics", collector.Paths);
        Assert.DoesNotContain(collector.Bodies, body => body.AsSpan().IndexOf(Encoding.UTF8.GetBytes(Secret)) >= 0);
        Assert.DoesNotContain(collector.Bodies, body => body.AsSpan().IndexOf(Encoding.UTF8.GetBytes(DemoServer.Alice)) >= 0);
        AssertLogs(server.Log);

        Span CauseOf(Span span)
        {
            var cause = trace[span.ParentId];
            return IsCall(cause) ? CauseOf(cause) : cause;
        }
    }

    /// <summary>A call from one process to another lies between two steps, as seen by both; in one process there are none.</summary>
    private static bool IsCall(Span span) => span.Name.StartsWith("POST", StringComparison.Ordinal);

    private static async Task ReceiveAsync(MailsteadServer server)
    {
        using var session = await SmtpSession.OpenAsync(server.Smtp);
        await session.MustAsync("EHLO client.example.org", "250");
        var reply = await session.SendMessageAsync(
            $"<{Secret}@example.org>", [$"<{DemoServer.Alice}>"], $"Subject: {Secret}\r\n\r\n{Secret}\r\n");
        Assert.StartsWith("250", reply, StringComparison.Ordinal);
        await session.SayAsync("QUIT");
    }

    /// <summary>One JSON object a line, and nothing of the message.</summary>
    private static void AssertLogs(string log)
    {
        Assert.DoesNotContain(Secret, log, StringComparison.Ordinal);
        var entries = log.Split('\n').Where(line => line.StartsWith('{')).ToList();
        Assert.NotEmpty(entries);
        foreach (var entry in entries)
        {
            using var parsed = JsonDocument.Parse(entry);
            Assert.True(parsed.RootElement.TryGetProperty("LogLevel", out _) && parsed.RootElement.TryGetProperty("Category", out _), entry);
        }
    }
}
