using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Mailstead.EndToEnd.Harness;

/// <summary>A raw IMAP connection, for what no well-behaved client would say. Octets are Latin-1 characters.</summary>
internal sealed class ImapLines(string source = "127.0.0.1") : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TcpClient connection = new(new IPEndPoint(IPAddress.Parse(source), 0));
    private readonly byte[] buffer = new byte[64 * 1024];
    private int filled;
    private int taken;
    private int tags;

    public Stream Stream { get; private set; } = Stream.Null;

    /// <summary>In the clear, to port 143.</summary>
    public static async Task<ImapLines> OpenAsync(MailsteadServer server)
    {
        var session = new ImapLines();
        await session.connection.ConnectAsync("127.0.0.1", server.Imap);
        session.Stream = session.connection.GetStream();
        return session;
    }

    /// <summary>Encrypted, to port 993, the installation's CA checked; perhaps from another address of this machine.</summary>
    public static async Task<ImapLines> OpenTlsAsync(MailsteadServer server, string source = "127.0.0.1")
    {
        var session = new ImapLines(source);
        await session.connection.ConnectAsync("127.0.0.1", server.ImapTls);
        await session.EncryptAsync(server);
        return session;
    }

    /// <summary>Encrypted and signed in; the greeting is read.</summary>
    public static async Task<ImapLines> SignInAsync(DemoServer demo, string address)
    {
        var session = await OpenTlsAsync(demo.Server);
        await session.LineAsync();
        Assert.Contains("OK", (await session.SayAsync($"LOGIN {address} \"{demo.PasswordOf(address)}\""))[^1], StringComparison.Ordinal);
        return session;
    }

    public async Task EncryptAsync(MailsteadServer server)
    {
        var authority = X509CertificateLoader.LoadCertificateFromFile(server.CertificateAuthority);
        var encrypted = new SslStream(connection.GetStream());
        await encrypted.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                CustomTrustStore = { authority },
                RevocationMode = X509RevocationMode.NoCheck,
            },
        });
        Stream = encrypted;
    }

    public async Task SendAsync(string octets) => await Stream.WriteAsync(Encoding.Latin1.GetBytes(octets));

    /// <summary>Sends a command under a new tag; every line up to the tagged one.</summary>
    public async Task<List<string>> SayAsync(string command)
    {
        var tag = $"t{++tags}";
        await SendAsync($"{tag} {command}\r\n");
        return await LinesUntilAsync(tag + " ");
    }

    /// <summary>Lines up to the one that starts so, or to the end of the connection.</summary>
    public async Task<List<string>> LinesUntilAsync(string start)
    {
        var lines = new List<string>();
        while (await LineAsync() is { } line)
        {
            lines.Add(line);
            if (line.StartsWith(start, StringComparison.Ordinal))
                break;
        }

        return lines;
    }

    /// <summary>The next line without its end; null: the server has closed.</summary>
    public async Task<string?> LineAsync()
    {
        var line = new StringBuilder();
        while (true)
        {
            if (taken == filled)
            {
                using var patience = new CancellationTokenSource(Patience);
                (taken, filled) = (0, await ReadAsync(patience.Token));
                if (filled == 0)
                    return line.Length == 0 ? null : line.ToString();
            }

            var end = Array.IndexOf(buffer, (byte)'\n', taken, filled - taken);
            var stop = end < 0 ? filled : end;
            line.Append(Encoding.Latin1.GetString(buffer, taken, stop - taken));
            taken = end < 0 ? filled : end + 1;
            if (end >= 0)
                return line.ToString().TrimEnd('\r');
        }
    }

    /// <summary>Reads and forgets; true when the server closes within the time.</summary>
    public async Task<bool> EndsWithinAsync(TimeSpan time)
    {
        using var patience = new CancellationTokenSource(time);
        try
        {
            while (await ReadAsync(patience.Token) > 0)
            {
            }

            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Stream.DisposeAsync();
        connection.Dispose();
    }

    private async Task<int> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await Stream.ReadAsync(buffer, cancellationToken);
        }
        catch (IOException)
        {
            // Reset: closed, without manners.
            return 0;
        }
    }
}
