using MailKit;
using Mailstead.EndToEnd.Harness;
using MimeKit;

namespace Mailstead.EndToEnd.MailFlow;

/// <summary>A delivery status notification (RFC 3464) as its receiver sees it.</summary>
internal sealed class StatusReport(MimeMessage message)
{
    private readonly MultipartReport report = Assert.IsType<MultipartReport>(message.Body);

    public MimeMessage Message { get; } = message;

    /// <summary>The fields of the message, then those of each recipient.</summary>
    public HeaderListCollection Groups => report.OfType<MessageDeliveryStatus>().Single().StatusGroups;

    /// <summary>For people.</summary>
    public string Text => report.OfType<TextPart>().First().Text;

    /// <summary>The third part: the original, or its header.</summary>
    public MimeEntity Original => report[2];

    /// <summary>Waits for the report that has this in its part with the original.</summary>
    public static async Task<StatusReport> WaitAsync(MailsteadServer server, string subject, string action, string address = DemoServer.Alice)
    {
        using var client = await Mailbox.ConnectAsync(server);
        await client.AuthenticateAsync(address, server.Passwords[address]);
        await client.Inbox!.OpenAsync(FolderAccess.ReadOnly);
        var deadline = TimeProvider.System.GetUtcNow().AddSeconds(60);
        while (true)
        {
            await client.Inbox.CheckAsync();
            for (var i = client.Inbox.Count - 1; i >= 0; i--)
            {
                var message = await client.Inbox.GetMessageAsync(i);
                if (message.Body is MultipartReport && message.ToString().Contains(subject, StringComparison.Ordinal)
                    && new StatusReport(message).Groups.Skip(1).Any(group => group["Action"] == action))
                    return new StatusReport(message);
            }

            Assert.True(TimeProvider.System.GetUtcNow() < deadline, $"No report '{action}' about '{subject}' within 60 s\n{server.Log}");
            await Task.Delay(100);
        }
    }
}
