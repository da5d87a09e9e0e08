using Mailstead.EndToEnd.Harness;

namespace Mailstead.EndToEnd.Imap;

/// <summary>Clients that are programs of their own: imapflow, Python's imaplib, curl.</summary>
public sealed class ScriptedClientTests(DemoServer demo) : IClassFixture<DemoServer>
{
    [Fact]
    public async Task Imapflow_finds_what_it_looks_for() =>
        Assert.Contains(
            "imapflow is content",
            await Tool.MustAsync("node", [Path.Combine(Repository.Clients, "imapflow.mjs")], Account(DemoServer.Alice), seconds: 180),
            StringComparison.Ordinal);

    [Fact]
    public async Task Imaplib_finds_what_it_looks_for() =>
        Assert.Contains(
            "imaplib is content",
            await Tool.MustAsync("/usr/bin/python3", [Path.Combine(Repository.Clients, "imaplib_session.py")], Account(DemoServer.Bob), seconds: 180),
            StringComparison.Ordinal);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Curl_puts_a_message_and_gets_it_back(bool isImplicit)
    {
        var message = $"Subject: by curl {isImplicit}\r\n\r\nfrom curl\r\n";
        var place = isImplicit ? $"imaps://localhost:{demo.Server.ImapTls}" : $"imap://localhost:{demo.Server.Imap}";
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, message);
        await CurlAsync("--upload-file", file, $"{place}/Drafts");
        File.Delete(file);
        var found = await CurlAsync($"{place}/Drafts?SUBJECT%20{isImplicit}");
        var number = found.Trim().Split(' ')[^1];
        Assert.Equal(message, await CurlAsync($"{place}/Drafts/;MAILINDEX={number}"));
    }

    [Fact]
    public async Task A_TLS_connection_ends_with_close_notify_on_both_ports()
    {
        foreach (var (port, start) in new[] { (demo.Server.ImapTls, ""), (demo.Server.Imap, "imap") })
        {
            string[] upgrade = start.Length > 0 ? ["-starttls", start] : [];
            var run = await Tool.RunAsync(
                "openssl", ["s_client", "-connect", $"localhost:{port}", "-CAfile", demo.Server.CertificateAuthority, "-msg", "-crlf", "-ign_eof", .. upgrade],
                input: "a LOGOUT\n");
            Assert.Contains("* BYE", run.Output, StringComparison.Ordinal);
            var received = run.Output[run.Output.IndexOf("* BYE", StringComparison.Ordinal)..];
            Assert.Contains("close_notify", received[..received.IndexOf(">>>", StringComparison.Ordinal)], StringComparison.Ordinal);
        }
    }

    private Task<string> CurlAsync(params string[] arguments) => Tool.MustAsync(
        "curl",
        ["--silent", "--show-error", "--ssl-reqd", "--cacert", demo.Server.CertificateAuthority,
         "--user", $"{DemoServer.Carol}:{demo.PasswordOf(DemoServer.Carol)}", .. arguments]);

    private Dictionary<string, string> Account(string address) => new()
    {
        ["HOST"] = "localhost",
        ["PORT"] = $"{demo.Server.ImapTls}",
        ["STARTTLS_PORT"] = $"{demo.Server.Imap}",
        ["LOGIN"] = address,
        ["PASSWORD"] = demo.PasswordOf(address),
        ["CA"] = demo.Server.CertificateAuthority,
    };
}
