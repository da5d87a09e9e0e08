using Mailstead.EndToEnd.Durability;
using Mailstead.EndToEnd.Harness;

namespace Mailstead.EndToEnd.MailFlow;

/// <summary>Mail that can't be delivered for long: its sender hears that it is late, then that it failed.</summary>
public sealed class ExpiryTests(ImpatientWorld world) : IClassFixture<ImpatientWorld>
{
    private const string Zone = OutsideWorld.Zone;

    [Fact]
    public async Task The_sender_is_told_of_the_delay_once_and_of_the_end()
    {
        await using var sink = new SmtpSink("127.0.1.12", world.Port)
        {
            Answer = line => line.StartsWith("RCPT", StringComparison.Ordinal) ? "451 4.2.1 Not now" : null,
        };
        await world.SubmitAsync("Late", [$"<x@late.{Zone}>"]);

        var delayed = await StatusReport.WaitAsync(world.Server, "Late", "delayed");
        var failed = await StatusReport.WaitAsync(world.Server, "Late", "failed");
        await DeliveryTables.WaitUntilEmptyAsync(world.Server);

        Assert.Equal("4.2.1", delayed.Groups[1]["Status"]);
        Assert.NotNull(delayed.Groups[1]["Will-Retry-Until"]);
        Assert.Equal("4.4.7", failed.Groups[1]["Status"]);
        Assert.Equal("smtp; 451 4.2.1 Not now", failed.Groups[1]["Diagnostic-Code"]);
        Assert.Equal(2, await CountAsync("Late"));
    }

    [Theory]
    [InlineData($"x@dead.{Zone}")]
    [InlineData("x@refused-by-the-name-server.example")]
    public async Task Who_can_not_be_reached_is_given_up_in_the_end(string recipient)
    {
        await world.SubmitAsync("To " + recipient, [$"<{recipient}> NOTIFY=FAILURE"]);

        var report = await StatusReport.WaitAsync(world.Server, "To " + recipient, "failed");

        Assert.Equal("4.4.7", report.Groups[1]["Status"]);
        Assert.Equal(1, await CountAsync("To " + recipient));
    }

    private async Task<int> CountAsync(string subject)
    {
        using var client = await Mailbox.ConnectAsync(world.Server);
        await client.AuthenticateAsync(DemoServer.Alice, world.Server.Passwords[DemoServer.Alice]);
        await client.Inbox!.OpenAsync(MailKit.FolderAccess.ReadOnly);
        var count = 0;
        for (var i = 0; i < client.Inbox.Count; i++)
        {
            var text = (await client.Inbox.GetMessageAsync(i)).ToString();
            count += text.Contains($"Subject: {subject}\n", StringComparison.Ordinal) || text.Contains($"Subject: {subject}\r\n", StringComparison.Ordinal) ? 1 : 0;
        }

        return count;
    }
}
