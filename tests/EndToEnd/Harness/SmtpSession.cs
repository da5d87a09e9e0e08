using System.Net.Sockets;
using System.Text;

namespace Mailstead.EndToEnd.Harness;

/// <summary>A raw SMTP connection, for what no well-behaved client would say.</summary>
internal sealed class SmtpSession : IDisposable
{
    private readonly TcpClient connection = new();
    private StreamReader reader = null!;

    public NetworkStream Stream { get; private set; } = null!;

    public static async Task<SmtpSession> OpenAsync(int port)
    {
        var session = new SmtpSession();
        await session.connection.ConnectAsync("127.0.0.1", port);
        session.Stream = session.connection.GetStream();
        session.reader = new StreamReader(session.Stream, Encoding.UTF8);
        await session.ReplyAsync();
        return session;
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
        while (await reader.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(30)) is { } line)
        {
            lines.Add(line);
            if (line.Length < 4 || line[3] != '-')
                break;
        }

        return string.Join('\n', lines);
    }

    public void Dispose()
    {
        reader?.Dispose();
        connection.Dispose();
    }
}
