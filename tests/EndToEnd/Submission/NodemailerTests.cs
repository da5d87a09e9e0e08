using Mailstead.EndToEnd.Harness;

namespace Mailstead.EndToEnd.Submission;

/// <summary>nodemailer, curl and MailKit: whole messages, both ports, both mechanisms.</summary>
public sealed class NodemailerTests(DemoServer demo) : IClassFixture<DemoServer>
{
    private readonly Submitter submitter = new(demo);

    [Theory]
    [InlineData(false, "PLAIN")]
    [InlineData(false, "LOGIN")]
    [InlineData(true, "PLAIN")]
    public async Task A_message_with_attachments_arrives_as_it_was(bool isImplicitTls, string mechanism)
    {
        var subject = $"Anhänge ✓ {Guid.CreateVersion7()}";
        var content = new string('a', 3000) + "\n.\n..\nend without line end";

        var results = await submitter.NodemailerAsync(DemoServer.Alice, isImplicitTls, mechanism, new
        {
            from = $"Alice Ä <{DemoServer.Alice}>",
            to = DemoServer.Bob,
            bcc = DemoServer.Carol,
            subject,
            text = ".\nline that begins with a dot\n",
            attachments = new[] { new { filename = "größe.txt", content } },
        });

        Assert.StartsWith("250 2.0.0", results[0].GetProperty("response").GetString(), StringComparison.Ordinal);
        using var mailbox = await Mailbox.OpenAsync(demo, DemoServer.Carol);
        var message = await mailbox.WaitForSubjectAsync(subject);
        var attachment = (MimeKit.TextPart)message.Attachments.Single();
        Assert.Equal("größe.txt", attachment.FileName);
        Assert.Equal(content, attachment.Text.ReplaceLineEndings("\n"));
        Assert.StartsWith(".\nline that", message.TextBody!.ReplaceLineEndings("\n"), StringComparison.Ordinal);
        Assert.Empty(message.Bcc);
    }

    [Fact]
    public async Task Recipients_are_taken_or_refused_one_by_one()
    {
        var results = await submitter.NodemailerAsync(DemoServer.Alice, false, "PLAIN", new
        {
            from = DemoServer.Alice,
            to = new[] { DemoServer.Bob, "nobody@demo.mailstead.test", "someone@example.org" },
            subject = "mixed",
            text = "x",
        });

        Assert.Equal([DemoServer.Bob, "someone@example.org"], results[0].GetProperty("accepted").EnumerateArray().Select(address => address.GetString()));
        Assert.Equal(["nobody@demo.mailstead.test"], results[0].GetProperty("rejected").EnumerateArray().Select(address => address.GetString()));
    }

    [Fact]
    public async Task A_forged_author_is_refused_and_the_connection_goes_on()
    {
        var subject = $"behind a forgery {Guid.CreateVersion7()}";

        var results = await submitter.NodemailerAsync(
            DemoServer.Alice, false, "PLAIN",
            new { envelope = new { from = DemoServer.Alice, to = new[] { DemoServer.Carol } }, from = DemoServer.Bob, subject = "forged", text = "x" },
            new { from = DemoServer.Alice, to = DemoServer.Carol, subject, text = "x" });

        Assert.Equal(553, results[0].GetProperty("code").GetInt32());
        Assert.StartsWith("250", results[1].GetProperty("response").GetString(), StringComparison.Ordinal);
        using var mailbox = await Mailbox.OpenAsync(demo, DemoServer.Carol);
        await mailbox.WaitForUidAsync(subject);
    }
}
