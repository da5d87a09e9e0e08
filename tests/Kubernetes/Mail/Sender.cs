using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;

namespace Mailstead.Kubernetes.Mail;

/// <summary>Another mail server: sends to each recipient in turn at a steady rate, and connects again when it is cut off.</summary>
internal sealed class Sender(MailPlaces places, Ledger ledger, string name, IReadOnlyList<string> recipients, TimeSpan interval)
{
    private const int MessagesPerConnection = 20;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);
    private int sent;

    /// <summary>Messages that were refused for now, and connections that broke: what a mail server tries again.</summary>
    public int Deferred { get; private set; }

    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                using var client = new SmtpClient { Timeout = 30_000, LocalDomain = "sender.example.org" };
                await client.ConnectAsync(places.Smtp.Host, places.Smtp.Port, SecureSocketOptions.None, CancellationToken.None);
                for (var i = 0; i < MessagesPerConnection && !stop.IsCancellationRequested; i++)
                {
                    await SendAsync(client);
                    await Task.Delay(interval, CancellationToken.None);
                }

                await client.DisconnectAsync(true, CancellationToken.None);
            }
            catch (Exception failure) when (IsOfNetwork(failure))
            {
                Deferred++;
                await Task.Delay(Pause, CancellationToken.None);
            }
        }
    }

    internal static bool IsOfNetwork(Exception failure) => failure is IOException or System.Net.Sockets.SocketException or ProtocolException
        or CommandException or ServiceNotConnectedException or OperationCanceledException or TimeoutException or SslHandshakeException
        or ServiceNotAuthenticatedException or AuthenticationException;

    private async Task SendAsync(SmtpClient client)
    {
        var id = $"{name}-{sent++}";
        var recipient = recipients[sent % recipients.Count];
        using var message = new MimeMessage
        {
            Subject = id,
            Body = new TextPart("plain") { Text = string.Concat(Enumerable.Repeat("The quick brown fox jumps over the lazy dog.\r\n", 40)) },
        };
        message.From.Add(new MailboxAddress("", "load@sender.example.org"));
        message.To.Add(new MailboxAddress("", recipient));
        try
        {
            await client.SendAsync(message, CancellationToken.None);
            ledger.Acknowledge(id, recipient);
        }
        catch (SmtpCommandException refused)
        {
            if ((int)refused.StatusCode is < 400 or >= 500)
                throw new InvalidOperationException($"A message was refused for good: {(int)refused.StatusCode} {refused.Message}", refused);
            Deferred++;
        }
        catch (Exception failure) when (IsOfNetwork(failure))
        {
            ledger.LeaveOpen(id, recipient);
            throw;
        }
    }
}
