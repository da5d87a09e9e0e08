using System.Globalization;
using System.Net.Security;
using System.Text;

namespace Mailstead.Protocols.Smtp.Client;

/// <summary>
/// The client's side of SMTP over a stream that somebody has connected (RFC 5321). Timeouts of §4.5.3.2 are kept here; what the
/// server says comes back as replies, what it fails to say as <see cref="SmtpProtocolException"/>.
/// </summary>
public sealed class SmtpClientConnection(Stream connected, string ourName, TimeProvider clock) : IAsyncDisposable
{
    private static readonly TimeSpan CommandTimeout = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan DataBlockTimeout = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan DataEndTimeout = TimeSpan.FromMinutes(10);

    private readonly Dictionary<string, string> extensions = new(StringComparer.OrdinalIgnoreCase);
    private Stream stream = connected;
    private SmtpLines lines = new(connected);

    /// <summary>From the start with TLS before SMTP (RFC 8314), or since STARTTLS.</summary>
    public bool IsEncrypted { get; private set; } = connected is SslStream;

    public bool Offers(string extension) => extensions.ContainsKey(extension);

    /// <summary>Greeting and EHLO, or HELO with servers that know no better.</summary>
    public async Task<SmtpReply> OpenAsync(CancellationToken cancellationToken)
    {
        var greeting = await ReplyAsync(CommandTimeout, cancellationToken);
        return greeting.Code == 220 ? await HelloAsync(cancellationToken) : greeting;
    }

    /// <summary>
    /// STARTTLS (RFC 3207). What the server sent in the clear before the handshake is forgotten with its reader, so that nothing
    /// can be slipped in before the encryption.
    /// </summary>
    public async Task<SmtpReply> StartTlsAsync(
        Func<Stream, CancellationToken, Task<Stream>> handshake, CancellationToken cancellationToken)
    {
        var reply = await SayAsync("STARTTLS", CommandTimeout, cancellationToken);
        if (reply.Code != 220)
            return reply;
        stream = await handshake(stream, cancellationToken);
        lines = new SmtpLines(stream);
        IsEncrypted = true;
        return await HelloAsync(cancellationToken);
    }

    /// <summary>AUTH PLAIN, or LOGIN with a server that has no other (RFC 4954, RFC 4616). Never in the clear.</summary>
    /// <exception cref="InvalidOperationException">The connection is not encrypted.</exception>
    public async Task<SmtpReply> SignInAsync(string userName, string password, CancellationToken cancellationToken)
    {
        if (!IsEncrypted)
            throw new InvalidOperationException("Credentials are given away over TLS only");
        var mechanisms = extensions.GetValueOrDefault("AUTH", "").Split(' ');
        if (mechanisms.Contains("PLAIN", StringComparer.OrdinalIgnoreCase))
            return await SayAsync("AUTH PLAIN " + Base64($"\0{userName}\0{password}"), CommandTimeout, cancellationToken);
        if (!mechanisms.Contains("LOGIN", StringComparer.OrdinalIgnoreCase))
            return new SmtpReply(504, "5.5.4", "The server offers no sign-in with a password (AUTH PLAIN or LOGIN)");
        foreach (var word in new[] { "AUTH LOGIN", Base64(userName) })
        {
            var reply = await SayAsync(word, CommandTimeout, cancellationToken);
            if (reply.Code != 334)
                return reply;
        }

        return await SayAsync(Base64(password), CommandTimeout, cancellationToken);
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    /// <summary>One reply for each recipient: its own refusal, or what became of the message.</summary>
    public async Task<IReadOnlyList<SmtpReply>> SendAsync(OutgoingMessage message, CancellationToken cancellationToken)
    {
        var sender = await SayAsync(MailCommand(message), CommandTimeout, cancellationToken);
        if (!sender.IsPositive)
            return [.. message.Recipients.Select(_ => sender)];
        var replies = await OfferRecipientsAsync(message, cancellationToken);
        if (!replies.Any(reply => reply.IsPositive))
        {
            await SayAsync("RSET", CommandTimeout, cancellationToken);
            return replies;
        }

        var start = await SayAsync("DATA", CommandTimeout, cancellationToken);
        var end = start.Code == 354 ? await SendContentAsync(message, cancellationToken) : start;
        return [.. replies.Select(reply => reply.IsPositive ? end : reply)];
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await SayAsync("QUIT", TimeSpan.FromSeconds(5), CancellationToken.None);
        }
        catch (Exception gone) when (gone is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // Whoever does not wait for the farewell misses nothing.
        }

        await stream.DisposeAsync();
    }

    private async Task<SmtpReply> HelloAsync(CancellationToken cancellationToken)
    {
        extensions.Clear();
        await WriteAsync($"EHLO {ourName}\r\n", CommandTimeout, cancellationToken);
        var answer = await ReadAsync(CommandTimeout, cancellationToken);
        var reply = SmtpLines.ToReply(answer);
        if (!reply.IsPositive)
            return await SayAsync($"HELO {ourName}", CommandTimeout, cancellationToken);
        foreach (var line in answer.Skip(1).Where(line => line.Length > 4))
        {
            var words = line[4..].Split(' ', 2);
            extensions[words[0]] = words.Length > 1 ? words[1] : "";
        }

        return reply;
    }

    private string MailCommand(OutgoingMessage message)
    {
        var command = new StringBuilder($"MAIL FROM:<{message.ReturnPath}>");
        if (Offers("SIZE"))
            command.Append(CultureInfo.InvariantCulture, $" SIZE={message.Size}");
        if (message.IsEightBit && Offers("8BITMIME"))
            command.Append(" BODY=8BITMIME");
        if (message.NeedsSmtpUtf8 && Offers("SMTPUTF8"))
            command.Append(" SMTPUTF8");
        if (message.RequiresTls && Offers("REQUIRETLS"))
            command.Append(" REQUIRETLS");
        if (Offers("DSN") && message.DsnReturn.Length > 0)
            command.Append(" RET=").Append(message.DsnReturn);
        if (Offers("DSN") && message.EnvelopeId.Length > 0)
            command.Append(" ENVID=").Append(Xtext.Encode(message.EnvelopeId));
        return command.ToString();
    }

    private string RcptCommand(OutgoingRecipient recipient)
    {
        var command = new StringBuilder($"RCPT TO:<{recipient.Address}>");
        if (Offers("DSN") && recipient.Notify.Length > 0)
            command.Append(" NOTIFY=").Append(recipient.Notify);
        if (Offers("DSN") && recipient.OriginalRecipient.Length > 0)
            command.Append(" ORCPT=").Append(recipient.OriginalRecipient);
        return command.ToString();
    }

    private async Task<List<SmtpReply>> OfferRecipientsAsync(OutgoingMessage message, CancellationToken cancellationToken)
    {
        var replies = new List<SmtpReply>(message.Recipients.Count);
        if (!Offers("PIPELINING"))
        {
            foreach (var recipient in message.Recipients)
                replies.Add(await SayAsync(RcptCommand(recipient), CommandTimeout, cancellationToken));
            return replies;
        }

        await WriteAsync(string.Concat(message.Recipients.Select(recipient => RcptCommand(recipient) + "\r\n")), CommandTimeout, cancellationToken);
        for (var i = 0; i < message.Recipients.Count; i++)
            replies.Add(await ReplyAsync(CommandTimeout, cancellationToken));
        return replies;
    }

    private async Task<SmtpReply> SendContentAsync(OutgoingMessage message, CancellationToken cancellationToken)
    {
        var piece = new byte[32 * 1024];
        var stuffed = new byte[piece.Length * 2];
        var atLineStart = true;
        for (long offset = 0; await message.ReadAsync(offset, piece, cancellationToken) is > 0 and var count; offset += count)
        {
            var length = Stuff(piece.AsSpan(0, count), stuffed, ref atLineStart);
            using var deadline = Deadline(DataBlockTimeout, cancellationToken);
            await stream.WriteAsync(stuffed.AsMemory(0, length), deadline.Token);
        }

        await WriteAsync(atLineStart ? ".\r\n" : "\r\n.\r\n", DataBlockTimeout, cancellationToken);
        return await ReplyAsync(DataEndTimeout, cancellationToken);
    }

    /// <summary>RFC 5321 §4.5.2: a dot at the start of a line is doubled.</summary>
    private static int Stuff(ReadOnlySpan<byte> content, Span<byte> destination, ref bool atLineStart)
    {
        var length = 0;
        foreach (var octet in content)
        {
            if (atLineStart && octet == '.')
                destination[length++] = (byte)'.';
            destination[length++] = octet;
            atLineStart = octet == '\n';
        }

        return length;
    }

    private async Task<SmtpReply> SayAsync(string command, TimeSpan timeout, CancellationToken cancellationToken)
    {
        await WriteAsync(command + "\r\n", timeout, cancellationToken);
        return await ReplyAsync(timeout, cancellationToken);
    }

    private async Task<SmtpReply> ReplyAsync(TimeSpan timeout, CancellationToken cancellationToken) =>
        SmtpLines.ToReply(await ReadAsync(timeout, cancellationToken));

    private async Task<IReadOnlyList<string>> ReadAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var deadline = Deadline(timeout, cancellationToken);
        return await lines.ReadAsync(deadline.Token);
    }

    private async Task WriteAsync(string text, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var deadline = Deadline(timeout, cancellationToken);
        await stream.WriteAsync(Encoding.UTF8.GetBytes(text), deadline.Token);
        await stream.FlushAsync(deadline.Token);
    }

    private CancellationTokenSource Deadline(TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (!cancellationToken.CanBeCanceled)
            return new CancellationTokenSource(timeout, clock);
        var source = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        source.CancelAfter(timeout);
        return source;
    }
}
