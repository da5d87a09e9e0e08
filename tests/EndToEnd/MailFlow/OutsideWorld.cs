using System.Globalization;
using System.Net;
using System.Net.Sockets;
using MailKit;
using MailKit.Search;
using Mailstead.EndToEnd.Harness;
using MimeKit;

namespace Mailstead.EndToEnd.MailFlow;

/// <summary>
/// A server whose mail to elsewhere ends at sinks of the tests: names from a real name server, every host an address of loopback, one
/// port for them all.
/// </summary>
/// <param name="more">Further records of the zone.</param>
public abstract class OutsideWorld(string expireAfter, string warnAfter, string more = "") : IAsyncLifetime
{
    internal const string Zone = "world.example";

    private const string Records =
        """
        order     MX 20 b.order
        order     MX 10 a.order
        a.order   A 127.0.1.1
        b.order   A 127.0.1.2
        takesnone MX 0 .
        plain     A 127.0.1.3
        tls       MX 10 mx.tls
        mx.tls    A 127.0.1.4
        badtls    MX 10 mx.badtls
        mx.badtls A 127.0.1.5
        retry     A 127.0.1.6
        refuse    A 127.0.1.7
        cut       A 127.0.1.8
        cut2      A 127.0.1.9
        nowhere   MX 10 missing.nowhere
        inner     MX 10 mx.inner
        mx.inner  A 169.254.169.254
        mixed     A 127.0.1.10
        sender    A 127.0.1.11
        late      A 127.0.1.12
        dead      A 127.0.1.13
        lost      A 127.0.1.14
        utf8      A 127.0.1.15
        ascii     A 127.0.1.16
        """;

    private Knot knot = null!;

    internal MailsteadServer Server { get; private set; } = null!;

    internal int Port { get; private set; }

    /// <summary>Settings besides, by the names of their environment variables.</summary>
    private protected virtual Task<Dictionary<string, string>> SettingsAsync() => Task.FromResult<Dictionary<string, string>>([]);

    public virtual async ValueTask InitializeAsync()
    {
        Port = FreePort();
        knot = await Knot.StartAsync(Zone, $"{Records}\n{more}");
        Server = await MailsteadServer.StartAsync(
            ["--demo", "--dns", knot.Address, "--hostname", "mail.mailstead.test"],
            new Dictionary<string, string>(await SettingsAsync())
            {
                ["MAILSTEAD_Delivery__OutboundPort"] = Port.ToString(CultureInfo.InvariantCulture),
                ["MAILSTEAD_Delivery__InnerNetworks__0"] = "127.0.0.0/8",
                ["MAILSTEAD_Delivery__RetryFirst"] = "00:00:01",
                ["MAILSTEAD_Delivery__RetryMax"] = "00:00:03",
                ["MAILSTEAD_Delivery__SweepInterval"] = "00:00:00.2",
                ["MAILSTEAD_Delivery__ExpireAfter"] = expireAfter,
                ["MAILSTEAD_Delivery__WarnAfter"] = warnAfter,
            });
    }

    public virtual async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        await knot.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Alice sends a message; RCPT arguments with their parameters.</summary>
    internal async Task SubmitAsync(string subject, string[] recipients, string mail = $"<{DemoServer.Alice}>", string body = "Hello\r\n..dots\r\n")
    {
        using var session = await SmtpSession.SignInAsync(Server, DemoServer.Alice, Server.Passwords[DemoServer.Alice]);
        var reply = await session.SendMessageAsync(
            mail, recipients, $"From: {DemoServer.Alice}\r\nTo: x@{Zone}\r\nSubject: {subject}\r\n\r\n{body}");
        Assert.StartsWith("250", reply, StringComparison.Ordinal);
    }

    /// <summary>A user's message with this subject, as soon as it is in the inbox or the folder.</summary>
    internal async Task<MimeMessage> WaitAsync(string address, string subject, SpecialFolder? where = null)
    {
        using var client = await Mailbox.ConnectAsync(Server);
        await client.AuthenticateAsync(address, Server.Passwords[address]);
        var folder = where is { } special ? client.GetFolder(special)! : client.Inbox!;
        await folder.OpenAsync(FolderAccess.ReadOnly);
        var deadline = TimeProvider.System.GetUtcNow().AddSeconds(60);
        while (true)
        {
            await folder.CheckAsync();
            var found = await folder.SearchAsync(SearchQuery.SubjectContains(subject));
            if (found.Count > 0)
                return await folder.GetMessageAsync(found[^1]);
            Assert.True(TimeProvider.System.GetUtcNow() < deadline, $"'{subject}' did not come\n{Server.LoggedErrors}");
            await Task.Delay(100);
        }
    }

    /// <summary>A port that is free on the loopback addresses of the sinks.</summary>
    private static int FreePort()
    {
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        probe.Bind(new IPEndPoint(IPAddress.Any, 0));
        return ((IPEndPoint)probe.LocalEndPoint!).Port;
    }
}
