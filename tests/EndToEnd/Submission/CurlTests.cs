using Mailstead.EndToEnd.Harness;

namespace Mailstead.EndToEnd.Submission;

/// <summary>curl, from a script.</summary>
public sealed class CurlTests(DemoServer demo) : IClassFixture<DemoServer>
{
    private const int TooLarge = (40 * 1024 * 1024) + 1;

    [Theory]
    [InlineData("PLAIN")]
    [InlineData("LOGIN")]
    public async Task A_message_goes_in_over_implicit_TLS(string mechanism)
    {
        var subject = $"by curl {Guid.CreateVersion7()}";

        await Tool.MustAsync("curl", Line($"smtps://localhost:{demo.Server.SubmissionTls}", mechanism, "-"), input: Message(subject));

        using var mailbox = await Mailbox.OpenAsync(demo, DemoServer.Bob);
        await mailbox.WaitForUidAsync(subject);
    }

    [Fact]
    public async Task A_message_goes_in_over_STARTTLS()
    {
        var subject = $"by curl {Guid.CreateVersion7()}";

        await Tool.MustAsync("curl", [.. Line($"smtp://localhost:{demo.Server.Submission}", "PLAIN", "-"), "--ssl-reqd"], input: Message(subject));

        using var mailbox = await Mailbox.OpenAsync(demo, DemoServer.Bob);
        await mailbox.WaitForUidAsync(subject);
    }

    [Fact]
    public async Task A_file_beyond_the_limit_is_refused_by_its_announced_size()
    {
        var file = Path.GetTempFileName();
        try
        {
            await using (var content = new FileStream(file, FileMode.Open))
                content.SetLength(TooLarge);

            var run = await Tool.RunAsync("curl", [.. Line($"smtps://localhost:{demo.Server.SubmissionTls}", "PLAIN", file), "-v"]);

            Assert.Equal(55, run.ExitCode);
            Assert.Contains("552 5.3.4 The message is larger than 41943040 octets", run.Errors, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static string Message(string subject) => $"From: {DemoServer.Alice}\r\nTo: {DemoServer.Bob}\r\nSubject: {subject}\r\n\r\nbody\r\n";

    private string[] Line(string url, string mechanism, string file) =>
    [
        "-sS", "--cacert", demo.Server.CertificateAuthority, "--url", url, "--login-options", $"AUTH={mechanism}",
        "--user", $"{DemoServer.Alice}:{demo.PasswordOf(DemoServer.Alice)}", "--mail-from", DemoServer.Alice, "--mail-rcpt", DemoServer.Bob, "-T", file,
    ];
}
