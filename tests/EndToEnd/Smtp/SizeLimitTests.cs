using System.Text;
using MailKit;
using MailKit.Search;
using Mailstead.EndToEnd.Harness;

namespace Mailstead.EndToEnd.Smtp;

/// <summary>A message has at most 40 MB, exactly.</summary>
public sealed class SizeLimitTests(DemoServer demo) : IClassFixture<DemoServer>
{
    private const int Limit = 40 * 1024 * 1024;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_message_of_exactly_the_limit_arrives_and_one_octet_more_is_refused(bool isChunked)
    {
        var subject = $"limit {Guid.CreateVersion7()}";
        using var session = await SmtpSession.OpenAsync(demo.Server.Smtp);
        await session.SayAsync("EHLO client.example.org");

        Assert.StartsWith("552 5.3.4", await SendAsync(session, Message("too large", Limit + 1), isChunked), StringComparison.Ordinal);
        Assert.StartsWith("250 2.0.0", await SendAsync(session, Message(subject, Limit), isChunked), StringComparison.Ordinal);

        using var mailbox = await Mailbox.OpenAsync(demo, DemoServer.Carol);
        var uid = await mailbox.WaitForUidAsync(subject);
        var found = await mailbox.Client.Inbox!.FetchAsync([uid], MessageSummaryItems.Size, TestContext.Current.CancellationToken);
        Assert.InRange(found[0].Size!.Value, (uint)Limit, (uint)Limit + 2000);
        Assert.Empty(await mailbox.Client.Inbox.SearchAsync(SearchQuery.SubjectContains("too large"), TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData(Limit, "250")]
    [InlineData(Limit + 1, "552 5.3.4")]
    public async Task An_announced_size_is_answered_before_the_content_comes(int size, string answer)
    {
        using var session = await SmtpSession.OpenAsync(demo.Server.Smtp);
        await session.SayAsync("EHLO client.example.org");

        Assert.StartsWith(answer, await session.SayAsync($"MAIL FROM:<sender@example.org> SIZE={size}"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(500, "250 2.0.0")]
    [InlineData(501, "554 5.6.0 A message has at most 500 attachments")]
    public async Task A_message_has_at_most_five_hundred_attachments(int count, string answer)
    {
        using var session = await SmtpSession.OpenAsync(demo.Server.Smtp);
        await session.SayAsync("EHLO client.example.org");
        var attachment = "--b\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; filename=a.txt\r\n\r\nx\r\n";
        var message = "Subject: attachments\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
            + string.Concat(Enumerable.Repeat(attachment, count)) + "--b--\r\n";

        Assert.StartsWith(answer, await SendAsync(session, Encoding.ASCII.GetBytes(message), isChunked: false), StringComparison.Ordinal);
    }

    private static async Task<string> SendAsync(SmtpSession session, byte[] message, bool isChunked)
    {
        await session.SayAsync("MAIL FROM:<sender@example.org>");
        await session.SayAsync($"RCPT TO:<{DemoServer.Carol}>");
        if (!isChunked)
        {
            await session.SayAsync("DATA");
            await session.Stream.WriteAsync(message);
            return await session.SayAsync(".");
        }

        await session.SendAsync($"BDAT {message.Length / 2}\r\n");
        await session.Stream.WriteAsync(message.AsMemory(0, message.Length / 2));
        Assert.StartsWith("250", await session.ReplyAsync(), StringComparison.Ordinal);
        await session.SendAsync($"BDAT {message.Length - (message.Length / 2)} LAST\r\n");
        await session.Stream.WriteAsync(message.AsMemory(message.Length / 2));
        return await session.ReplyAsync();
    }

    /// <summary>So many octets in lines of ordinary length.</summary>
    private static byte[] Message(string subject, int octets)
    {
        var message = new byte[octets];
        Array.Fill(message, (byte)'x');
        var header = Encoding.ASCII.GetBytes($"From: a@example.org\r\nSubject: {subject}\r\n\r\n");
        header.CopyTo(message, 0);
        for (var end = header.Length + 76; end < octets - 80; end += 78)
            "\r\n"u8.CopyTo(message.AsSpan(end));
        "\r\n"u8.CopyTo(message.AsSpan(octets - 2));
        return message;
    }
}
