using System.Diagnostics;
using System.Net.Sockets;
using System.Text;

namespace Mailstead.Drills.Load;

/// <summary>A sending server's connection to one replica of Ingress, which pipelines (RFC 2920) and times what it waits for.</summary>
internal sealed class SmtpConnection : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan ConnectPatience = TimeSpan.FromSeconds(3);

    private readonly TcpClient connection = new() { NoDelay = true };
    private StreamReader reader = null!;
    private NetworkStream stream = null!;

    /// <exception cref="IOException">It can't be reached, or does not want mail now.</exception>
    public static async Task<SmtpConnection> OpenAsync(string host, int port)
    {
        var opened = new SmtpConnection();
        try
        {
            await opened.connection.ConnectAsync(host, port).WaitAsync(ConnectPatience);
            opened.stream = opened.connection.GetStream();
            opened.reader = new StreamReader(opened.stream, Encoding.ASCII);
            await opened.MustAsync("220");
            await opened.SendAsync("EHLO load.example\r\n");
            await opened.MustAsync("250");
            return opened;
        }
        catch (Exception gone)
        {
            opened.Dispose();
            throw gone is SocketException or TimeoutException ? new IOException("No connection", gone) : gone;
        }
    }

    /// <summary>Hands one message over; what came of it is in <paramref name="attempt"/>. False: the connection is of no more use.</summary>
    public async Task<bool> HandOverAsync(Attempt attempt, string content, Ledger ledger)
    {
        try
        {
            var commands = new StringBuilder("MAIL FROM:<load@load.example>\r\n");
            foreach (var recipient in attempt.Recipients)
                commands.Append("RCPT TO:<").Append(recipient).Append(">\r\n");
            await SendAsync(commands.Append("DATA\r\n").ToString());
            return await FollowAsync(attempt, content, ledger);
        }
        catch (Exception gone) when (gone is IOException or SocketException or TimeoutException)
        {
            if (attempt.SentAt > 0)
                attempt.Outcome = Outcome.Unanswered;
            if (gone is TimeoutException)
                ledger.Replied("no answer within 60 s");
            return false;
        }
    }

    public void Dispose()
    {
        reader?.Dispose();
        connection.Dispose();
    }

    private async Task<bool> FollowAsync(Attempt attempt, string content, Ledger ledger)
    {
        var mail = await ReplyAsync();
        Note(mail, ledger);
        var accepted = new List<string>();
        foreach (var recipient in attempt.Recipients)
        {
            var reply = await ReplyAsync();
            Note(reply, ledger);
            if (reply[0] == '2')
                accepted.Add(recipient);
        }

        attempt.Recipients = accepted;
        var data = await ReplyAsync();
        if (data[0] != '3')
        {
            Note(data, ledger);
            await SendAsync("RSET\r\n");
            return (await ReplyAsync())[0] == '2';
        }

        // From here on the server may have it all.
        attempt.SentAt = Stopwatch.GetTimestamp();
        attempt.Outcome = Outcome.Unanswered;
        await SendAsync(content + ".\r\n");
        attempt.SentAt = Stopwatch.GetTimestamp();
        var answer = await ReplyAsync();
        attempt.AnsweredAt = Stopwatch.GetTimestamp();
        Note(answer, ledger);
        attempt.Outcome = answer[0] switch { '2' => Outcome.Acknowledged, '5' => Outcome.Refused, _ => Outcome.Deferred };
        return !answer.StartsWith("421", StringComparison.Ordinal);
    }

    private static void Note(string reply, Ledger ledger)
    {
        if (reply[0] != '2')
            ledger.Replied(reply);
    }

    private async Task MustAsync(string expected)
    {
        var reply = await ReplyAsync();
        if (!reply.StartsWith(expected, StringComparison.Ordinal))
            throw new IOException($"Greeted with: {reply}");
    }

    private async Task SendAsync(string octets) => await stream.WriteAsync(Encoding.ASCII.GetBytes(octets)).AsTask().WaitAsync(Patience);

    /// <summary>The last line of the next reply.</summary>
    private async Task<string> ReplyAsync()
    {
        while (true)
        {
            var line = await reader.ReadLineAsync().WaitAsync(Patience) ?? throw new IOException("The server has closed");
            if (line.Length < 3)
                throw new IOException("No reply of SMTP: " + line);
            if (line.Length == 3 || line[3] != '-')
                return line;
        }
    }
}
