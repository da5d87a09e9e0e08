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
    public async Task SendAsync(string octets) => await Stream.WriteAsync(Encoding.UTF8.GetBytes(octets));

    /// <summary>Sends a line; the whole reply.</summary>
    public async Task<string> SayAsync(string line)
    {
        await SendAsync(line + "\r\n");
        return await ReplyAsync();
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
