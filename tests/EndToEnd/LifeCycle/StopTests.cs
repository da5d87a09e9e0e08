using System.Diagnostics;
using Mailstead.EndToEnd.Harness;

namespace Mailstead.EndToEnd.LifeCycle;

/// <summary>SIGTERM: whoever is connected is told, what was accepted stays accepted, and the process ends well and soon.</summary>
public sealed class StopTests
{
    [Fact]
    public async Task Sessions_are_told_accepted_mail_is_kept_and_the_process_ends_within_ten_seconds()
    {
        await using var server = await MailsteadServer.StartAsync();
        using var idle = await SmtpSession.OpenAsync(server.Smtp);
        await idle.MustAsync("EHLO client.example.org", "250");
        await using var waiting = await ImapLines.OpenAsync(server);
        Assert.StartsWith("* OK", await waiting.LineAsync(), StringComparison.Ordinal);
        using var sender = await SmtpSession.OpenAsync(server.Smtp);
        await sender.MustAsync("EHLO client.example.org", "250");
        for (var i = 0; i < 50; i++)
        {
            var reply = await sender.SendMessageAsync("<a@example.org>", [$"<{DemoServer.Alice}>"], $"Subject: Kept {i}\r\n\r\nHello\r\n");
            Assert.StartsWith("250", reply, StringComparison.Ordinal);
        }

        var watch = Stopwatch.StartNew();
        var stopping = server.StopAsync();
        var farewell = await idle.ReplyAsync();
        var bye = await waiting.LineAsync();
        var code = await stopping;

        Assert.StartsWith("421 ", farewell, StringComparison.Ordinal);
        Assert.StartsWith("* BYE", bye, StringComparison.Ordinal);
        Assert.Equal(0, code);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10), $"It took {watch.Elapsed}");
        await server.LaunchAsync();
        using var client = await Mailbox.ConnectAsync(server);
        await client.AuthenticateAsync(DemoServer.Alice, server.Passwords[DemoServer.Alice]);
        await Durability.DeliveryTables.WaitUntilEmptyAsync(server);
        await client.Inbox!.OpenAsync(MailKit.FolderAccess.ReadOnly);
        Assert.Equal(50, client.Inbox.Count);
    }

    [Fact]
    public async Task A_stop_during_the_first_start_ends_well_and_the_next_start_goes_on()
    {
        await using var server = await MailsteadServer.StartAsync();
        await server.StopAsync();
        File.Delete(Path.Combine(server.Data, "admin-credentials.json"));
        var ready = server.LaunchAsync();
        while (!File.Exists(Path.Combine(server.Data, "admin-credentials.json")) && !ready.IsFaulted)
            await Task.Delay(5);

        Assert.Equal(0, await server.StopAsync());
        await ready.ContinueWith(_ => { }, TaskScheduler.Default);
        await server.LaunchAsync();
        Assert.Equal(0, await server.StopAsync());
    }
}
