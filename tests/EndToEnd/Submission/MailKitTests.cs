using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using Mailstead.EndToEnd.Harness;
using MimeKit;

namespace Mailstead.EndToEnd.Submission;

/// <summary>MailKit, which uses every extension that it is offered.</summary>
public sealed class MailKitTests(DemoServer demo) : IClassFixture<DemoServer>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_offered_is_what_works()
    {
        using var client = await ConnectAsync();

        const SmtpCapabilities Expected = SmtpCapabilities.Size | SmtpCapabilities.Dsn | SmtpCapabilities.EnhancedStatusCodes | SmtpCapabilities.Authentication
            | SmtpCapabilities.EightBitMime | SmtpCapabilities.Pipelining | SmtpCapabilities.UTF8 | SmtpCapabilities.Chunking;
        Assert.Equal(Expected, client.Capabilities & Expected);
        Assert.False(client.Capabilities.HasFlag(SmtpCapabilities.BinaryMime));
        Assert.Equal(40u * 1024 * 1024, client.MaxSize);
        Assert.Equal(["LOGIN", "PLAIN"], client.AuthenticationMechanisms.Order());
    }

    [Fact]
    public async Task A_large_message_in_chunks_arrives_octet_for_octet()
    {
        var subject = $"chunks {Guid.CreateVersion7()}";
        var content = new byte[5_000_000];
        new Random(5321).NextBytes(content);
        using var client = await ConnectAsync();
        var message = Message(subject, DemoServer.Bob);
        message.Body = new Multipart("mixed")
        {
            new TextPart("plain") { Text = "schön\n", ContentTransferEncoding = ContentEncoding.EightBit },
            new MimePart("application", "octet-stream") { Content = new MimeContent(new MemoryStream(content)), ContentTransferEncoding = ContentEncoding.Base64 },
        };

        await client.SendAsync(message, Token);

        using var mailbox = await Mailbox.OpenAsync(demo, DemoServer.Bob);
        var arrived = await mailbox.WaitForSubjectAsync(subject);
        using var decoded = new MemoryStream();
        await ((MimePart)((Multipart)arrived.Body!)[1]).Content!.DecodeToAsync(decoded, Token);
        Assert.Equal(content, decoded.ToArray());
    }

    [Fact]
    public async Task A_delivery_that_was_to_be_told_is_told()
    {
        var subject = $"tell me {Guid.CreateVersion7()}";
        using var client = await ConnectAsync(new TellingClient());

        await client.SendAsync(Message(subject, DemoServer.Bob), Token);

        using var mailbox = await Mailbox.OpenAsync(demo, DemoServer.Alice);
        var report = await mailbox.WaitForSubjectAsync("Your message has been delivered");
        var status = (MessageDeliveryStatus)((Multipart)report.Body!)[1];
        Assert.Equal(TellingClient.EnvelopeId, status.StatusGroups[0]["Original-Envelope-Id"]);
        Assert.Equal("delivered", status.StatusGroups[1]["Action"]);
        Assert.Equal($"rfc822;{DemoServer.Bob}", status.StatusGroups[1]["Original-Recipient"]?.Replace(" ", "", StringComparison.Ordinal));
    }

    private static MimeMessage Message(string subject, string to)
    {
        var message = new MimeMessage { Subject = subject, Body = new TextPart("plain") { Text = "x\n" } };
        message.From.Add(MailboxAddress.Parse(DemoServer.Alice));
        message.To.Add(MailboxAddress.Parse(to));
        return message;
    }

    private async Task<SmtpClient> ConnectAsync(SmtpClient? client = null)
    {
        client ??= new SmtpClient();
        client.CheckCertificateRevocation = false;
        client.ServerCertificateValidationCallback = Mailbox.Trusting(demo.Server);
        await client.ConnectAsync("localhost", demo.Server.Submission, SecureSocketOptions.StartTls, Token);
        await client.AuthenticateAsync(DemoServer.Alice, demo.PasswordOf(DemoServer.Alice), Token);
        return client;
    }

    /// <summary>Asks for a report of success.</summary>
    private sealed class TellingClient : SmtpClient
    {
        public const string EnvelopeId = "envelope-of-mailkit";

        protected override string GetEnvelopeId(MimeMessage message) => EnvelopeId;

        protected override DeliveryStatusNotification? GetDeliveryStatusNotifications(MimeMessage message, MailboxAddress mailbox) =>
            DeliveryStatusNotification.Success | DeliveryStatusNotification.Failure;
    }
}
