using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Mailstead.EndToEnd.Harness;

namespace Mailstead.EndToEnd.Telemetry;

/// <summary>Whoever fails to sign in leaves a line in the log and is counted, for each organization and protocol; who succeeds is counted too.</summary>
public sealed class SignInTests(DemoServer demo) : IClassFixture<DemoServer>
{
    private const string Wrong = "Wrong-password-canary-9";

    private readonly AwsSdk sdk = new(demo.Server);

    [Fact]
    public async Task Every_attempt_is_counted_and_every_refusal_is_logged()
    {
        var organization = Guid.ParseExact((await sdk.OrganizationIdAsync("demo"))[2..], "N").ToString();
        var before = await MetricsAsync();

        await SubmitAsync("nobody@demo.mailstead.test", Wrong, "535");
        await SubmitAsync(DemoServer.Carol, Wrong, "535");
        await SubmitAsync(DemoServer.Carol, demo.PasswordOf(DemoServer.Carol), "235");
        await ReadAsync($"LOGIN someone@elsewhere.example {Wrong}");
        await ReadAsync("AUTHENTICATE PLAIN " + Plain(DemoServer.Bob, Wrong));
        await AwsSdk.RunAsync(sdk.Settings(secret: Wrong), ("ListOrganizations", new { }));
        await AwsSdk.RunAsync(sdk.Settings(keyId: "AKIAUNKNOWNUNKNOWN00"), ("ListOrganizations", new { }));

        var after = await MetricsAsync();
        Assert.Equal((2, 3), Grown(before, after, organization, "SMTP"));
        Assert.Equal((1, 1), Grown(before, after, organization, "IMAP"));
        Assert.Equal((1, 1), Grown(before, after, "unknown", "IMAP"));
        Assert.Equal(2, Grown(before, after, "unknown", "Admin").Refused);
        AssertLogged("SMTP", "unknown user", organization);
        AssertLogged("SMTP", "wrong password", organization);
        AssertLogged("IMAP", "unknown organization", "unknown");
        AssertLogged("IMAP", "wrong password", organization);
        AssertLogged("Admin", "InvalidSignatureException", "unknown");
        AssertLogged("Admin", "UnrecognizedClientException", "unknown");
        foreach (var secret in new[] { Wrong, "nobody@", DemoServer.Carol, DemoServer.Bob, "someone@elsewhere.example", "AKIAUNKNOWN" })
            Assert.DoesNotContain(secret, demo.Server.Log.Replace($"  {DemoServer.Carol}", "", StringComparison.Ordinal).Replace($"  {DemoServer.Bob}", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Latencies_have_buckets_of_their_own()
    {
        await SubmitAsync(DemoServer.Alice, demo.PasswordOf(DemoServer.Alice), "235");
        await ReadAsync("NOOP", "OK");
        await Tool.MustAsync("swaks", ["--server", $"127.0.0.1:{demo.Server.Smtp}", "--from", "a@example.org", "--to", DemoServer.Alice]);
        using (var mailbox = await Mailbox.OpenAsync(demo, DemoServer.Alice))
            await mailbox.WaitForSubjectAsync("test");

        var metrics = await MetricsWithAsync("mailstead_delivery_latency");

        foreach (var name in new[] { "smtp_answer", "imap_command", "calls", "delivery_latency" })
        {
            var bounds = Regex.Matches(metrics, $"mailstead_{name}[a-z_]*_seconds_bucket\\{{.*le=\"([0-9.]+)\"").Select(bound => bound.Groups[1].Value).ToHashSet();
            Assert.True(bounds.Contains("0.025") && bounds.Contains("0.5"), $"{name}: {string.Join(' ', bounds)}");
            // The library's own bounds, meant for milliseconds.
            Assert.DoesNotContain("7500", bounds);
        }
    }

    private async Task SubmitAsync(string login, string password, string answer)
    {
        using var session = await SmtpSession.OpenAsync(demo.Server.Submission);
        await session.SayAsync("EHLO client.example.org");
        await session.StartTlsAsync();
        await session.SayAsync("EHLO client.example.org");
        await session.MustAsync("AUTH PLAIN " + Plain(login, password), answer);
    }

    private async Task ReadAsync(string command, string answer = "NO")
    {
        await using var session = await ImapLines.OpenTlsAsync(demo.Server);
        await session.LineAsync();
        Assert.Contains(" " + answer, (await session.SayAsync(command))[^1], StringComparison.Ordinal);
    }

    private static string Plain(string login, string password) => Convert.ToBase64String(Encoding.UTF8.GetBytes($"\0{login}\0{password}"));

    private void AssertLogged(string protocol, string reason, string organization) => Assert.Contains(
        demo.Server.Log.Split('\n'),
        line => line.Contains("\"LogLevel\":\"Information\"", StringComparison.Ordinal) && line.Contains($"\"Protocol\":\"{protocol}\"", StringComparison.Ordinal)
            && line.Contains($"\"Reason\":\"{reason}\"", StringComparison.Ordinal) && line.Contains($"\"OrganizationId\":\"{organization}\"", StringComparison.Ordinal)
            && line.Contains("\"ClientAddress\":\"127.0.0.1\"", StringComparison.Ordinal) && Regex.IsMatch(line, "\"ConnectionId\":\"[0-9A-Z]+\""));

    private Task<string> MetricsAsync() => demo.Server.MetricsAsync();

    /// <summary>The mailbox has a message a moment before the message's way is measured.</summary>
    private async Task<string> MetricsWithAsync(string name)
    {
        for (var waited = Stopwatch.StartNew(); ; await Task.Delay(50, TestContext.Current.CancellationToken))
        {
            var metrics = await MetricsAsync();
            if (metrics.Contains(name, StringComparison.Ordinal) || waited.Elapsed > TimeSpan.FromSeconds(20))
                return metrics;
        }
    }

    private static (double Refused, double Attempts) Grown(string before, string after, string organization, string protocol)
    {
        return (Of(after, "sum") - Of(before, "sum"), Of(after, "count") - Of(before, "count"));

        double Of(string metrics, string part) => Regex.Matches(metrics, $"^mailstead_authentication_failure_{part}\\{{(.*)\\}} ([0-9.]+)", RegexOptions.Multiline)
            .Where(series => series.Groups[1].Value.Contains($"organization=\"{organization}\"", StringComparison.Ordinal)
                && series.Groups[1].Value.Contains($"protocol=\"{protocol}\"", StringComparison.Ordinal))
            .Sum(series => double.Parse(series.Groups[2].Value, CultureInfo.InvariantCulture));
    }
}
