using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace Mailstead.EndToEnd.Harness;

/// <summary>A raw SMTP connection, for what no well-behaved client would say.</summary>
internal sealed class SmtpSession : IDisposable
{
    private readonly TcpClient connection = new();
    private StreamReader reader = null!;

    public Stream Stream { get; private set; } = null!;

    public string Greeting { get; private set; } = "";

    public static async Task<SmtpSession> OpenAsync(int port)
    {
        var session = new SmtpSession();
        await session.connection.ConnectAsync("127.0.0.1", port);
        session.Stream = session.connection.GetStream();
        session.reader = new StreamReader(session.Stream, Encoding.UTF8);
        session.Greeting = await session.ReplyAsync();
        return session;
    }

    /// <summary>A session that has named its sender and one recipient.</summary>
    public static async Task<SmtpSession> WithRecipientAsync(int port, string recipient)
    {
        var session = await OpenAsync(port);
        await session.SayAsync("EHLO client.example.org");
        await session.SayAsync("MAIL FROM:<sender@example.org>");
        Assert.StartsWith("250", await session.SayAsync($"RCPT TO:<{recipient}>"), StringComparison.Ordinal);
        return session;
    }

    /// <summary>A session of a signed-in user on the submission port, encrypted.</summary>
    public static async Task<SmtpSession> SignInAsync(MailsteadServer server, string address, string password)
    {
        var session = await OpenAsync(server.Submission);
        await session.MustAsync("EHLO client.example.org", "250");
        await session.StartTlsAsync();
        await session.MustAsync("EHLO client.example.org", "250");
        await session.MustAsync($"AUTH PLAIN {Convert.ToBase64String(Encoding.UTF8.GetBytes($"\0{address}\0{password}"))}", "235");
        return session;
    }

    /// <summary>Goes on under TLS, whoever the server is.</summary>
    public async Task StartTlsAsync()
    {
        Assert.StartsWith("220", await SayAsync("STARTTLS"), StringComparison.Ordinal);
        await EncryptAsync();
    }

    /// <summary>The handshake alone.</summary>
    public async Task EncryptAsync()
    {
        var encrypted = new SslStream(Stream, leaveInnerStreamOpen: false, (_, _, _, _) => true);
        await encrypted.AuthenticateAsClientAsync("localhost");
        Stream = encrypted;
        reader = new StreamReader(Stream, Encoding.UTF8);
    }

    /// <summary>Sends octets as they are.</summary>
    public async Task SendAsync(string octets)
    {
        await Stream.WriteAsync(Encoding.UTF8.GetBytes(octets));
        await Stream.FlushAsync();
    }

    /// <summary>Sends a line; the whole reply.</summary>
    public async Task<string> SayAsync(string line)
    {
        await SendAsync(line + "\r\n");
        return await ReplyAsync();
    }

    /// <summary>Sends a line whose reply must begin so; the whole reply.</summary>
    public async Task<string> MustAsync(string line, string expected)
    {
        var reply = await SayAsync(line);
        Assert.True(reply.StartsWith(expected, StringComparison.Ordinal), $"{line}: {reply}");
        return reply;
    }

    /// <summary>One message: MAIL and RCPT with their parameters, such as <c>&lt;a@b&gt; RET=HDRS</c>; the reply to its content.</summary>
    public async Task<string> SendMessageAsync(string mail, IEnumerable<string> recipients, string content)
    {
        await MustAsync("MAIL FROM:" + mail, "250");
        foreach (var recipient in recipients)
            await MustAsync("RCPT TO:" + recipient, "250");
        await MustAsync("DATA", "354");
        return await SayAsync(content + (content.EndsWith("\r\n", StringComparison.Ordinal) ? "." : "\r\n."));
    }

    /// <summary>The next whole reply, lines joined by LF; empty when the server has closed.</summary>
    public async Task<string> ReplyAsync()
    {
        var lines = new List<string>();
        while (await reader.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(60)) is { } line)
        {
            lines.Add(line);
            if (line.Length < 4 || line[3] != '-')
                break;
        }

        return string.Join('\n', lines);
    }

    /// <summary>All that the server still says until it closes or cuts the connection.</summary>
    public async Task<string> RestAsync()
    {
        var said = new StringBuilder();
        try
        {
            while (await ReplyAsync() is { Length: > 0 } reply)
                said.AppendLine(reply);
        }
        catch (IOException)
        {
            // A cut ends it as well.
        }

        return said.ToString();
    }

    public void Dispose()
    {
        reader?.Dispose();
        connection.Dispose();
    }
}
