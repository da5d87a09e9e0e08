using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace Mailstead.EndToEnd.Harness;

/// <summary>A function at an HTTPS address, which answers every POST alike.</summary>
internal sealed class HttpsFunction : IAsyncDisposable
{
    private readonly TcpListener listener;
    private readonly Task serving;
    private readonly string answer;

    public HttpsFunction(string address, int port, string answer)
    {
        this.answer = answer;
        listener = new TcpListener(IPAddress.Parse(address), port);
        listener.Start();
        serving = ServeAsync();
    }

    /// <summary>Header and body of what came.</summary>
    public ConcurrentQueue<(string Header, string Body)> Requests { get; } = [];

    public async ValueTask DisposeAsync()
    {
        listener.Stop();
        await serving;
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                using var client = await listener.AcceptTcpClientAsync();
                await using var stream = new SslStream(client.GetStream());
                await stream.AuthenticateAsServerAsync(SmtpSink.Certificate);
                Requests.Enqueue(await ReadAsync(stream));
                await stream.WriteAsync(Encoding.UTF8.GetBytes($"HTTP/1.1 200 OK\r\nContent-Length: {answer.Length}\r\nConnection: close\r\n\r\n{answer}"));
            }
        }
        catch (SocketException)
        {
            // The test is over.
        }
    }

    private static async Task<(string Header, string Body)> ReadAsync(SslStream stream)
    {
        var octets = new List<byte>();
        var buffer = new byte[4096];
        while (true)
        {
            var text = Encoding.UTF8.GetString([.. octets]);
            var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (end >= 0)
            {
                var header = text[..end];
                var length = int.Parse(header.Split("Content-Length: ")[1].Split("\r\n")[0], System.Globalization.CultureInfo.InvariantCulture);
                if (octets.Count >= end + 4 + length)
                    return (header, text[(end + 4)..]);
            }

            octets.AddRange(buffer[..await stream.ReadAsync(buffer)]);
        }
    }
}
