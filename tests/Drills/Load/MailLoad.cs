using System.Security.Cryptography;
using System.Text;

namespace Mailstead.Drills.Load;

/// <summary>
/// Sending servers that go on whatever happens: steady, several connections at a time, to each replica in turn as a load balancer
/// would do it. What got 4xx or no answer is sent again, as another attempt; a connection that dies is opened at the next replica.
/// </summary>
internal sealed class MailLoad(IReadOnlyList<(string Host, int Port)> replicas, IReadOnlyList<string> addresses, Ledger ledger)
{
    private const int Sessions = 4;
    private const int MessagesPerSession = 20;
    private const int LargeOneIn = 50;
    private const int LargeOctets = 400 * 1024;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(300);

    private readonly CancellationTokenSource ending = new();
    private readonly List<Task> senders = [];
    private int turn;

    public void Start()
    {
        for (var i = 0; i < Sessions; i++)
            senders.Add(Task.Run(SendAsync));
    }

    /// <summary>Every message that is under way gets its answer first.</summary>
    public async Task StopAsync()
    {
        await ending.CancelAsync();
        await Task.WhenAll(senders);
        ending.Dispose();
    }

    private async Task SendAsync()
    {
        while (!ending.IsCancellationRequested)
        {
            var (host, port) = replicas[Interlocked.Increment(ref turn) % replicas.Count];
            try
            {
                using var connection = await SmtpConnection.OpenAsync(host, port);
                await SendSomeAsync(connection);
            }
            catch (IOException)
            {
                // The next replica may be well.
                await Task.Delay(Pause / 3);
            }
        }
    }

    private async Task SendSomeAsync(SmtpConnection connection)
    {
        for (var i = 0; i < MessagesPerSession && !ending.IsCancellationRequested; i++)
        {
            var recipients = addresses.ToArray();
            Random.Shared.Shuffle(recipients);
            var attempt = ledger.Begin(recipients[..Random.Shared.Next(1, recipients.Length + 1)]);
            if (!await connection.HandOverAsync(attempt, Content(attempt.Id), ledger))
                return;
            await Task.Delay(Pause * (0.5 + Random.Shared.NextDouble()));
        }
    }

    private static string Content(string id)
    {
        var octets = Random.Shared.Next(LargeOneIn) == 0 ? LargeOctets : Random.Shared.Next(500, 20_000);
        var text = new StringBuilder($"From: load@load.example\r\nSubject: Drill\r\nMessage-ID: <{id}>\r\n\r\n", octets + 512);
        while (text.Length < octets)
            text.Append(Convert.ToBase64String(RandomNumberGenerator.GetBytes(54))).Append("\r\n");
        return text.ToString();
    }
}
