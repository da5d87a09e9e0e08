using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace Mailstead.Benchmarks.Loads;

/// <summary>A connection that speaks in lines. Cheap, so that the load costs little beside what it measures.</summary>
internal sealed class Wire(Stream stream) : IDisposable
{
    private readonly byte[] buffer = new byte[64 * 1024];
    private int start;
    private int end;

    public static async Task<Wire> ConnectAsync(int port, bool tls, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync("127.0.0.1", port, cancellationToken);
        Stream stream = new NetworkStream(socket, ownsSocket: true);
        if (tls)
        {
            // The load measures; whom it talks to is not in question on loopback.
            var secured = new SslStream(stream, leaveInnerStreamOpen: false, (_, _, _, _) => true);
            await secured.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "localhost" }, cancellationToken);
            stream = secured;
        }

        return new Wire(stream);
    }

    public ValueTask SendAsync(string text, CancellationToken cancellationToken) => SendAsync(Encoding.UTF8.GetBytes(text), cancellationToken);

    public ValueTask SendAsync(ReadOnlyMemory<byte> octets, CancellationToken cancellationToken) => stream.WriteAsync(octets, cancellationToken);

    /// <summary>One line without its end.</summary>
    public async ValueTask<string> ReadLineAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var length = buffer.AsSpan(start, end - start).IndexOf((byte)'\n');
            if (length >= 0)
            {
                var line = Encoding.UTF8.GetString(buffer, start, Math.Max(0, length - 1));
                start += length + 1;
                return line;
            }

            await FillAsync(cancellationToken);
        }
    }

    /// <summary>Reads and forgets.</summary>
    public async ValueTask SkipAsync(long octets, CancellationToken cancellationToken)
    {
        while (octets > 0)
        {
            if (start == end)
                await FillAsync(cancellationToken);
            var taken = (int)Math.Min(octets, end - start);
            start += taken;
            octets -= taken;
        }
    }

    public void Dispose() => stream.Dispose();

    private async ValueTask FillAsync(CancellationToken cancellationToken)
    {
        if (start > 0)
        {
            buffer.AsSpan(start, end - start).CopyTo(buffer);
            (start, end) = (0, end - start);
        }

        if (end == buffer.Length)
            throw new InvalidDataException("The server sent an endless line");
        var read = await stream.ReadAsync(buffer.AsMemory(end), cancellationToken);
        end += read == 0 ? throw new EndOfStreamException("The server closed the connection") : read;
    }
}
