using System.Buffers;
using System.Diagnostics;
using System.IO.Pipelines;
using System.Net;
using System.Text;

namespace Mailstead.Protocols.Smtp;

/// <summary>How a connection's TLS was agreed; as told in Received fields (RFC 8314 §4.3).</summary>
public sealed record TlsDetails(string Protocol, string CipherSuite);

/// <summary>Does the server's side of a TLS handshake on a transport.</summary>
public delegate Task<(IDuplexPipe Transport, TlsDetails Details)> TlsUpgrade(IDuplexPipe transport, CancellationToken cancellationToken);

/// <summary>
/// One SMTP connection, from greeting to farewell. Replies are collected and sent when the client has nothing more in the
/// pipe (RFC 2920), or when they are many: a client that doesn't take them is not heard any further. Others may ask it to end
/// through <see cref="Interrupt"/>.
/// </summary>
public sealed class SmtpSession
{
    private readonly SmtpCommandTable commands;
    private readonly TlsUpgrade upgrade;
    private readonly Patience patience;
    private IDuplexPipe transport;
    private SmtpReply? interruption;
    private int unsent;
    private long heard;
    private int errors;
    private int refusals;

    public SmtpSession(
        string id, IDuplexPipe transport, IPEndPoint client, TlsDetails? tls, TlsUpgrade upgrade, ISmtpPolicy policy, SmtpCommandTable commands,
        TimeProvider clock)
    {
        patience = new Patience(clock);
        (Id, this.transport, Client, Tls, this.upgrade, Policy, this.commands) = (id, transport, client, tls, upgrade, policy, commands);
    }

    public string Id { get; }

    public IPEndPoint Client { get; }

    public ISmtpPolicy Policy { get; }

    /// <summary>Null: in the clear.</summary>
    public TlsDetails? Tls { get; private set; }

    /// <summary>As given in EHLO or HELO; null before.</summary>
    public string? ClientName { get; set; }

    public bool IsExtended { get; set; }

    /// <summary>Who is signed in, as the policy knows it.</summary>
    public object? Principal { get; set; }

    public int AuthenticationFailures { get; set; }

    public int Transactions { get; set; }

    public MailTransaction? Transaction { get; set; }

    /// <summary>A message was accepted: earlier blunders are forgiven.</summary>
    internal void Forgive() => (errors, refusals) = (0, 0);

    /// <summary>Content of a BDAT sequence that has begun.</summary>
    internal BdatContent? Chunks { get; set; }

    /// <summary>The farewell of whoever asked the session to end.</summary>
    internal SmtpReply? Interruption => interruption;

    internal PipeReader Input => transport.Input;

    internal PipeWriter Output => transport.Output;

    /// <summary>How long the client has kept us waiting; a sweep ends sessions that wait longer than their timeout.</summary>
    public TimeSpan Waited => patience.Waited;

    /// <summary>Tells the client and closes, at the next moment when that makes sense.</summary>
    public void Interrupt(SmtpReply farewell)
    {
        if (Interlocked.CompareExchange(ref interruption, farewell, null) is null)
            transport.Input.CancelPendingRead();
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            Write(new SmtpReply(220, "", $"{Policy.Hostname} ESMTP ready"));
            if (await SpeakAsync(cancellationToken) is { } farewell)
                Write(farewell);
            await FlushAsync(cancellationToken);
        }
        finally
        {
            await ResetAsync();
            await CloseAsync();
        }
    }

    /// <summary>Forgets the transaction, and content that has begun to come.</summary>
    public async ValueTask ResetAsync()
    {
        Transaction = null;
        if (Chunks is { } unfinished)
            await unfinished.DisposeAsync();
        Chunks = null;
    }

    internal void Write(SmtpReply reply) => Write(reply.ToString());

    /// <summary>A multi-line reply's lines but the last.</summary>
    internal void WriteLines(int code, IReadOnlyList<string> lines)
    {
        for (var i = 0; i < lines.Count; i++)
            Write($"{code}{(i < lines.Count - 1 ? '-' : ' ')}{lines[i]}");
    }

    /// <exception cref="IOException">The client has gone.</exception>
    internal async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        unsent = 0;
        patience.Begin();
        var result = await Output.FlushAsync(cancellationToken);
        patience.End();
        if (result.IsCompleted)
            throw new IOException("The client has gone");
    }

    /// <summary>Waits for input, sending first what the client has not heard yet. Interrupted or closed: false.</summary>
    internal async ValueTask<(bool IsOpen, ReadOnlySequence<byte> Buffer)> ReadAsync(CancellationToken cancellationToken)
    {
        if (!Input.TryRead(out var result))
        {
            if (unsent > 0)
                await FlushAsync(cancellationToken);
            patience.Begin();
            result = await Input.ReadAsync(cancellationToken);
            patience.End();
        }

        heard = Stopwatch.GetTimestamp();
        if (result.IsCanceled && interruption is not null)
            return (false, default);
        return (!result.IsCompleted || !result.Buffer.IsEmpty, result.Buffer);
    }

    /// <summary>So much of what was read is content, used up.</summary>
    internal void Advance(ReadOnlySequence<byte> buffer, long octets)
    {
        Input.AdvanceTo(buffer.GetPosition(octets));
        patience.Earn(octets);
    }

    /// <summary>Null: the connection is over.</summary>
    internal async ValueTask<SmtpLine?> ReadLineAsync(int lengthMax, CancellationToken cancellationToken)
    {
        var isTooLong = false;
        while (interruption is null)
        {
            var (isOpen, buffer) = await ReadAsync(cancellationToken);
            if (!isOpen)
                return null;
            if (buffer.PositionOf((byte)'\n') is { } end)
            {
                var line = buffer.Slice(0, buffer.GetPosition(1, end));
                var read = isTooLong || line.Length > lengthMax ? new SmtpLine("", SmtpReplies.LineTooLong) : SmtpLine.Read(line);
                Input.AdvanceTo(line.End);
                patience.Renew();
                return read;
            }

            if (buffer.Length > lengthMax)
            {
                // The rest of an endless line is thrown away as it comes.
                isTooLong = true;
                Input.AdvanceTo(buffer.End);
                continue;
            }

            if (await IsCompletedAsync(buffer))
                return null;
        }

        return null;
    }

    /// <summary>Everything that was pipelined behind STARTTLS would be read as if it had come encrypted: it must not be there.</summary>
    internal bool HasPipelinedInput()
    {
        if (!Input.TryRead(out var result))
            return false;
        var hasMore = !result.Buffer.IsEmpty;
        Input.AdvanceTo(result.Buffer.Start);
        return hasMore;
    }

    internal async Task StartTlsAsync(CancellationToken cancellationToken)
    {
        await FlushAsync(cancellationToken);
        patience.Begin();
        (transport, Tls) = await upgrade(transport, cancellationToken);
        patience.End();
        // RFC 3207 §4.2: what was learnt in the clear is forgotten.
        await ResetAsync();
        (ClientName, IsExtended, Principal) = (null, false, null);
    }

    /// <summary>Commands and answers. The farewell that is still to be said, if any.</summary>
    private async ValueTask<SmtpReply?> SpeakAsync(CancellationToken cancellationToken)
    {
        while (await ReadLineAsync(SmtpLimits.LineOctetsMax, cancellationToken) is { } line)
        {
            var reply = line.Refusal ?? await commands.RunAsync(this, line.Text, cancellationToken);
            if (reply is not null)
                Answer(reply, line.Text);
            if (reply is { Code: 221 or 421 })
                return null;
            if (reply is not null && IsOutOfPatience(reply))
                return SmtpReplies.TooManyErrors;
            if (unsent > SmtpLimits.UnsentOctetsMax)
                await FlushAsync(cancellationToken);
        }

        return interruption;
    }

    private void Answer(SmtpReply reply, string line)
    {
        Write(reply);
        SmtpAnswers.Record(heard, commands.VerbOf(line), reply.Code);
    }

    /// <summary>The encrypted side of an upgraded connection is ours to end; the connection itself is not.</summary>
    private async ValueTask CloseAsync()
    {
        if (transport is not IAsyncDisposable encrypted)
            return;
        patience.Begin();
        await encrypted.DisposeAsync();
        patience.End();
    }

    private ValueTask<bool> IsCompletedAsync(ReadOnlySequence<byte> buffer)
    {
        Input.AdvanceTo(buffer.Start, buffer.End);
        if (!Input.TryRead(out var result))
            return ValueTask.FromResult(false);
        var isOver = result.IsCompleted && result.Buffer.Length == buffer.Length;
        Input.AdvanceTo(result.Buffer.Start, isOver ? result.Buffer.End : result.Buffer.Start);
        return ValueTask.FromResult(isOver);
    }

    /// <summary>Refused recipients wear patience out more slowly than broken commands: lists have dead addresses.</summary>
    private bool IsOutOfPatience(SmtpReply reply)
    {
        if (reply.Code is >= 500 and < 510)
            return ++errors >= SmtpLimits.ErrorsMax;
        return reply.Code >= 510 && ++refusals >= SmtpLimits.RefusalsMax;
    }

    private void Write(string line)
    {
        var octets = Output.GetSpan(Encoding.UTF8.GetMaxByteCount(line.Length) + 2);
        var count = Encoding.UTF8.GetBytes(line, octets);
        octets[count] = (byte)'\r';
        octets[count + 1] = (byte)'\n';
        Output.Advance(count + 2);
        unsent += count + 2;
    }
}
