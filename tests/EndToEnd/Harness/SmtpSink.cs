using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Mailstead.EndToEnd.Harness;

/// <summary>A message that a sink took.</summary>
internal sealed record SunkMessage(string Mail, IReadOnlyList<string> Recipients, string Content, bool IsEncrypted);

/// <summary>Somebody else's mail server, as well or badly behaved as a test wants it.</summary>
internal sealed class SmtpSink : IAsyncDisposable
{
    /// <summary>The name in the certificate, which nobody but itself has signed.</summary>
    public const string CertificateName = "gateway.world.example";

    public static readonly X509Certificate2 Certificate = SelfSigned();

    private readonly TcpListener listener;
    private readonly CancellationTokenSource ending = new();
    private readonly List<Task> conversations = [];
    private readonly Task accepting;

    public SmtpSink(string address, int port)
    {
        listener = new TcpListener(IPAddress.Parse(address), port);
        listener.Start();
        accepting = AcceptAsync();
    }

    /// <summary>The certificate, for whoever is to trust it.</summary>
    public static string CertificatePem => Certificate.ExportCertificatePem();

    /// <summary>Behind EHLO, besides the greeting.</summary>
    public string[] Extensions { get; init; } = ["PIPELINING", "8BITMIME", "SMTPUTF8", "SIZE 50000000", "DSN"];

    /// <summary>Answers a command (a whole line) in place of the sink's own answer, if not null.</summary>
    public Func<string, string?> Answer { get; init; } = _ => null;

    /// <summary>How many times the connection is cut after the first part of the content.</summary>
    public int CutsDuringContent { get; set; }

    /// <summary>STARTTLS is answered 220, and then nothing that is TLS comes.</summary>
    public bool BreaksTls { get; init; }

    public ConcurrentQueue<SunkMessage> Messages { get; } = [];

    /// <summary>Every command line of every connection.</summary>
    public ConcurrentQueue<string> Commands { get; } = [];

    public ConcurrentQueue<long> ConnectedAt { get; } = [];

    public async Task<SunkMessage> WaitForMessageAsync(Func<SunkMessage, bool>? wanted = null)
    {
        var deadline = TimeProvider.System.GetUtcNow().AddSeconds(60);
        while (true)
        {
            if (Messages.FirstOrDefault(message => wanted?.Invoke(message) ?? true) is { } found)
                return found;
            Assert.True(TimeProvider.System.GetUtcNow() < deadline, "No message came to the sink within 60 s");
            await Task.Delay(50);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await ending.CancelAsync();
        listener.Stop();
        await accepting;
        await Task.WhenAll(conversations);
        ending.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                conversations.Add(ConverseAsync(await listener.AcceptTcpClientAsync(ending.Token)));
        }
        catch (Exception ended) when (ended is OperationCanceledException or SocketException)
        {
            // The test is over.
        }
    }

    private async Task ConverseAsync(TcpClient client)
    {
        ConnectedAt.Enqueue(TimeProvider.System.GetTimestamp());
        try
        {
            using (client)
                await ConverseAsync(client.GetStream(), isEncrypted: false);
        }
        catch (Exception gone) when (gone is IOException or OperationCanceledException or System.Security.Authentication.AuthenticationException)
        {
            // The client has gone, or never wanted TLS.
        }
    }

    private async Task ConverseAsync(Stream stream, bool isEncrypted)
    {
        using var reader = new StreamReader(stream, Encoding.UTF8);
        if (!isEncrypted)
            await SayAsync(stream, Answer("CONNECT") ?? "220 sink.example ESMTP");
        var mail = "";
        var recipients = new List<string>();
        while (await reader.ReadLineAsync(ending.Token) is { } line)
        {
            Commands.Enqueue(line);
            var verb = line.Split(' ')[0].ToUpperInvariant();
            var answer = Answer(line) ?? Usual(verb);
            await SayAsync(stream, answer);
            var isPositive = answer[0] is '2' or '3';
            switch (verb)
            {
                case "STARTTLS" when isPositive:
                    if (BreaksTls)
                        return;
                    await using (var encrypted = new SslStream(stream, leaveInnerStreamOpen: true))
                    {
                        await encrypted.AuthenticateAsServerAsync(Certificate);
                        await ConverseAsync(encrypted, isEncrypted: true);
                    }

                    return;
                case "MAIL" when isPositive:
                    (mail, recipients) = (line, []);
                    break;
                case "RCPT" when isPositive:
                    recipients.Add(line);
                    break;
                case "DATA" when isPositive:
                    if (await ContentAsync(reader) is not { } content)
                        return;
                    var end = Answer(".") ?? "250 2.0.0 Taken";
                    if (end[0] == '2')
                        Messages.Enqueue(new SunkMessage(mail, recipients, content, isEncrypted));
                    await SayAsync(stream, end);
                    break;
                case "QUIT":
                    return;
            }
        }
    }

    private string Usual(string verb) => verb switch
    {
        "EHLO" => string.Join("\r\n", new[] { "sink.example" }.Concat(Extensions)
            .Select((word, index) => $"250{(index == Extensions.Length ? ' ' : '-')}{word}")),
        "DATA" => "354 Go on",
        "STARTTLS" => "220 2.0.0 Go on",
        "AUTH" => "235 2.7.0 Welcome",
        "QUIT" => "221 2.0.0 Bye",
        _ => "250 2.0.0 OK",
    };

    /// <summary>Null: the connection is to be cut.</summary>
    private async Task<string?> ContentAsync(StreamReader reader)
    {
        var content = new StringBuilder();
        while (await reader.ReadLineAsync(ending.Token) is { } line)
        {
            if (CutsDuringContent > 0)
            {
                CutsDuringContent--;
                return null;
            }

            if (line == ".")
                return content.ToString();
            content.Append(line.StartsWith('.') ? line[1..] : line).Append("\r\n");
        }

        return null;
    }

    private async Task SayAsync(Stream stream, string answer)
    {
        await stream.WriteAsync(Encoding.UTF8.GetBytes(answer + "\r\n"), ending.Token);
        await stream.FlushAsync(ending.Token);
    }

    private static X509Certificate2 SelfSigned()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=sink.example", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(CertificateName);
        request.CertificateExtensions.Add(names.Build());
        using var made = request.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
    }
}
