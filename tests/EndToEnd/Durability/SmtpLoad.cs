using System.Collections.Concurrent;
using System.Net.Sockets;
using Mailstead.EndToEnd.Harness;

namespace Mailstead.EndToEnd.Durability;

/// <summary>
/// Senders that go on whatever happens to the server: a connection that dies is opened again, a message that was not answered is not
/// sent a second time, so that everything in a mailbox can be accounted for.
/// </summary>
internal sealed class SmtpLoad(int port, string[] addresses) : IAsyncDisposable
{
    private const int Sessions = 5;

    private readonly CancellationTokenSource ending = new();
    private readonly List<Task> senders = [];

    public ConcurrentQueue<LoadMessage> Messages { get; } = [];

    /// <summary>Answers other than 250: none is expected of a server that is only killed.</summary>
    public ConcurrentQueue<string> Refusals { get; } = [];

    public void Start()
    {
        for (var i = 0; i < Sessions; i++)
        {
            var usesChunks = i % 2 == 1;
            senders.Add(Task.Run(() => SendAsync(usesChunks)));
        }
    }

    public async Task StopAsync()
    {
        await ending.CancelAsync();
        await Task.WhenAll(senders);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        ending.Dispose();
    }

    private async Task SendAsync(bool usesChunks)
    {
        while (!ending.IsCancellationRequested)
        {
            try
            {
                using var session = await SmtpSession.OpenAsync(port);
                if (!(await session.SayAsync("EHLO load.example")).StartsWith("250", StringComparison.Ordinal))
                    continue;
                while (!ending.IsCancellationRequested && await SendOneAsync(session, usesChunks))
                {
                    // A little air, so that kills meet every phase and the load leaves the server time to route.
                    await Task.Delay(Random.Shared.Next(30));
                }
            }
            catch (Exception gone) when (gone is SocketException or IOException)
            {
                await Task.Delay(20);
            }
        }
    }

    /// <summary>False: the connection is of no more use.</summary>
    private async Task<bool> SendOneAsync(SmtpSession session, bool usesChunks)
    {
        var message = LoadMessage.Create(Random.Shared, addresses);
        Messages.Enqueue(message);
        if (!await IsOkAsync(session, "MAIL FROM:<load@load.example>", "250"))
            return false;
        foreach (var recipient in message.Recipients)
        {
            if (!await IsOkAsync(session, $"RCPT TO:<{recipient}>", "250"))
                return false;
        }

        if (!usesChunks && !await IsOkAsync(session, "DATA", "354"))
            return false;
        message.WasSentWhole = true;
        await session.SendAsync(usesChunks ? $"BDAT {message.Content.Length} LAST\r\n{message.Content}" : message.Content + ".\r\n");
        message.WasAccepted = IsOk(await session.ReplyAsync(), "250");
        return message.WasAccepted;
    }

    private async Task<bool> IsOkAsync(SmtpSession session, string line, string expected) =>
        IsOk(await session.SayAsync(line), expected);

    private bool IsOk(string reply, string expected)
    {
        if (reply.StartsWith(expected, StringComparison.Ordinal))
            return true;
        // Empty: the server is dead.
        if (reply.Length > 0)
            Refusals.Enqueue(reply);
        return false;
    }
}
