using System.Buffers;
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
/// pipe (RFC 2920). Others may ask it to end through <see cref="Interrupt"/>.
/// </summary>
public sealed class SmtpSession
{
    private readonly SmtpCommandTable commands;
    private readonly TlsUpgrade upgrade;
    private IDuplexPipe transport;
    private SmtpReply? interruption;
    private int errors;

    public SmtpSession(
        string id, IDuplexPipe transport, IPEndPoint client, TlsDetails? tls, TlsUpgrade upgrade, ISmtpPolicy policy, SmtpCommandTable commands)
    {
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

    /// <summary>Content of a BDAT sequence that has begun.</summary>
    internal BdatContent? Chunks { get; set; }

    internal PipeReader Input => transport.Input;

    internal PipeWriter Output => transport.Output;

    /// <summary>Set while the session waits; a sweep ends sessions that wait longer than their timeout.</summary>
    public long WaitingSince { get; private set; }

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Tells the client and closes, at the next moment when that makes sense.</summary>
    public void Interrupt(SmtpReply farewell)
    {
        if (Interlocked.CompareExchange(ref interruption, farewell, null) is null)
            transport.Input.CancelPendingRead();
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        Write(new SmtpReply(220, "", $"{Policy.Hostname} ESMTP ready"));
        while (await ReadLineAsync(SmtpLimits.LineOctetsMax, cancellationToken) is { } line)
        {
            var reply = line.Refusal ?? await commands.RunAsync(this, line.Text, cancellationToken);
            if (reply is not null)
                Write(reply);
            if (reply is { Code: 221 or 421 } || IsOutOfPatience(reply))
                break;
        }

        if (interruption is { } farewell)
            Write(farewell);
        if (Chunks is { } unfinished)
            await unfinished.DisposeAsync();
        await FlushAsync(cancellationToken);
    }

    public void Reset()
    {
        Transaction = null;
    }

    internal void Write(SmtpReply reply) => Write(reply.ToString());

    /// <summary>A multi-line reply's lines but the last.</summary>
    internal void WriteLines(int code, IReadOnlyList<string> lines)
    {
        for (var i = 0; i < lines.Count; i++)
            Write($"{code}{(i < lines.Count - 1 ? '-' : ' ')}{lines[i]}");
    }

    internal async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        WaitingSince = Clock.GetTimestamp();
        await Output.FlushAsync(cancellationToken);
        WaitingSince = 0;
    }

    /// <summary>Waits for input, sending first what the client has not heard yet. Interrupted or closed: false.</summary>
    internal async ValueTask<(bool IsOpen, ReadOnlySequence<byte> Buffer)> ReadAsync(CancellationToken cancellationToken)
    {
        if (!Input.TryRead(out var result))
        {
            await FlushAsync(cancellationToken);
            WaitingSince = Clock.GetTimestamp();
            result = await Input.ReadAsync(cancellationToken);
            WaitingSince = 0;
        }

        if (result.IsCanceled && interruption is not null)
            return (false, default);
        return (!result.IsCompleted || !result.Buffer.IsEmpty, result.Buffer);
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
        (transport, Tls) = await upgrade(transport, cancellationToken);
        // RFC 3207 §4.2: what was learnt in the clear is forgotten.
        (ClientName, IsExtended, Transaction, Principal) = (null, false, null, null);
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

    private bool IsOutOfPatience(SmtpReply? reply)
    {
        if (reply is null || reply.Code < 500 || ++errors < SmtpLimits.ErrorsMax)
            return false;
        Write(SmtpReplies.TooManyErrors);
        return true;
    }

    private void Write(string line)
    {
        var octets = Output.GetSpan(Encoding.UTF8.GetMaxByteCount(line.Length) + 2);
        var count = Encoding.UTF8.GetBytes(line, octets);
        octets[count] = (byte)'\r';
        octets[count + 1] = (byte)'\n';
        Output.Advance(count + 2);
    }
}
