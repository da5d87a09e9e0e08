using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Text;
using Grpc.Core;
using Mailstead.Imap.Commands;
using Mailstead.Protocols.Imap;
using Microsoft.Extensions.Logging;

namespace Mailstead.Imap.Sessions;

/// <summary>Reads commands, finds their handlers, writes their replies, tells news in between.</summary>
internal sealed partial class ImapConnection(ImapCommandTable table, ViewUpdate updates, TimeProvider clock, ILogger<ImapConnection> logger)
{
    /// <summary>So much may gather behind pipelined commands before the client has to take it.</summary>
    private const int PipelinedOctetsMax = 16 * 1024;

    private static readonly ActivitySource Source = new("Mailstead.Imap");
    private static readonly Meter Meter = new("Mailstead.Imap");
    private static readonly Counter<long> Commands = Meter.CreateCounter<long>("mailstead.imap.commands", "{command}");
    private static readonly Histogram<double> Duration = Meter.CreateHistogram(
        "mailstead.imap.command.duration", "s",
        "Time from a command to its tagged reply, what the client takes to send or take a message included; IDLE is left out",
        advice: new InstrumentAdvice<double>
        {
            HistogramBucketBoundaries = [0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
        });

    public async Task RunAsync(ImapSession session, CancellationToken cancellationToken)
    {
        session.Output.Text($"* OK [CAPABILITY {Capability.Of(session, table.Options)}] Mailstead ready\r\n");
        var errors = 0;
        while (!session.IsOver && session.Farewell is null)
        {
            var command = new CommandText();
            var reading = await command.ReadAsync(session, token => FlushAsync(session, token), cancellationToken);
            if (reading == CommandReading.Closed)
                break;
            if (reading == CommandReading.TooLong)
            {
                session.Output.Text("* BYE [TOOBIG] The command is too long\r\n");
                session.IsOver = true;
                break;
            }

            var isGood = await RunAsync(session, command, reading, cancellationToken);
            if (session.Output.Unflushed > PipelinedOctetsMax)
                await session.FlushAsync(cancellationToken);
            errors = isGood ? 0 : errors + 1;
            if (errors < ImapLimits.ErrorsMax)
                continue;
            session.Output.Text("* BYE Too many errors\r\n");
            break;
        }

        if (session.Farewell is { } farewell)
            session.Output.Text($"* BYE {farewell}\r\n");
        await FlushAsync(session, cancellationToken);
    }

    private async ValueTask FlushAsync(ImapSession session, CancellationToken cancellationToken)
    {
        session.WaitingSince = clock.GetTimestamp();
        if (session.Output.Unflushed > 0)
            await session.FlushAsync(cancellationToken);
    }

    /// <summary>False: the client made a mistake.</summary>
    private async Task<bool> RunAsync(
        ImapSession session, CommandText command, CommandReading reading, CancellationToken cancellationToken)
    {
        session.WaitingSince = 0;
        var octets = command.Octets;
        if (!TryHead(octets.Span, out var tag, out var verb, out var arguments))
        {
            session.Output.Text("* BAD A command is a tag, a blank and a verb\r\n");
            return false;
        }

        var entry = table.Find(verb);
        var reply = entry is null ? ImapReply.Bad($"Unknown command")
            : (entry.States & session.State) == 0 ? ImapReply.Bad($"{verb} is not allowed in this state")
            : entry.IsBare && arguments < octets.Length ? ImapReply.Bad($"{verb} takes no arguments")
            : reading == CommandReading.AppendLiteral && entry.Verb != "APPEND" ? ImapReply.Bad("That literal is too large here")
            : await MeasureAsync(session, entry, octets[arguments..], command, cancellationToken);
        if (session.View is not null && session.HasNews && reply.Status != "BAD" && entry is not null)
            await TellAsync(session, entry.Removals, cancellationToken);
        if (reply != ImapReply.Silent)
            WriteReply(session, tag, reply);
        return reply.Status != "BAD";
    }

    private async Task<ImapReply> MeasureAsync(
        ImapSession session, ImapCommandEntry entry, ReadOnlyMemory<byte> arguments, CommandText command, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        var reply = await ExecuteAsync(session, entry, arguments, command, cancellationToken);
        if (entry.Verb != "IDLE")
            Duration.Record(Stopwatch.GetElapsedTime(started).TotalSeconds, new("verb", entry.Verb), new("reply", reply.Status));
        return reply;
    }

    private async Task<ImapReply> ExecuteAsync(
        ImapSession session, ImapCommandEntry entry, ReadOnlyMemory<byte> arguments, CommandText command, CancellationToken cancellationToken)
    {
        using var activity = Source.StartActivity(entry.Verb);
        Commands.Add(1, new KeyValuePair<string, object?>("verb", entry.Verb));
        try
        {
            return await entry.Command(new ImapArguments(session, arguments, entry.IsUid, command), cancellationToken);
        }
        catch (RpcException failure) when (failure.StatusCode != StatusCode.Cancelled || !cancellationToken.IsCancellationRequested)
        {
            if (failure.StatusCode is StatusCode.Internal or StatusCode.Unknown)
                LogFailed(failure, session.Id, entry.Verb);
            return ImapReply.Of(failure);
        }
        catch (IOException cut) when (cut.InnerException is RpcException)
        {
            LogFailed(cut, session.Id, entry.Verb);
            throw;
        }
        catch (Exception failure) when (failure is not OperationCanceledException and not IOException and not Microsoft.AspNetCore.Connections.ConnectionResetException)
        {
            LogFailed(failure, session.Id, entry.Verb);
            return ImapReply.ServerBug;
        }
    }

    private async Task TellAsync(ImapSession session, Removals removals, CancellationToken cancellationToken)
    {
        try
        {
            await updates.RunAsync(session, removals, cancellationToken);
        }
        catch (RpcException failure)
        {
            // The command was carried out; news can wait for the next one.
            session.HasNews = true;
            LogFailed(failure, session.Id, "update");
        }
    }

    private static void WriteReply(ImapSession session, string tag, ImapReply reply)
    {
        session.Output.Text(tag).Text(" ").Text(reply.Status).Text(" ");
        if (reply.Code.Length > 0)
            session.Output.Text("[").Text(reply.Code).Text("] ");
        session.Output.Text(reply.Text).Line();
    }

    private static bool TryHead(ReadOnlySpan<byte> octets, out string tag, out string verb, out int arguments)
    {
        (tag, verb, arguments) = ("", "", octets.Length);
        var reader = new ImapReader(octets);
        if (!reader.TryTag(out tag) || !reader.TrySpace())
            return false;
        var blank = reader.Position - 1;
        var rest = octets[(blank + 1)..];
        var end = rest.IndexOf((byte)' ');
        var word = end < 0 ? rest : rest[..end];
        verb = Encoding.ASCII.GetString(word[..Math.Min(word.Length, 32)]).ToUpperInvariant();
        arguments = end < 0 ? octets.Length : blank + 1 + end + 1;
        if (verb != "UID" || end < 0)
            return verb.Length > 0;
        var second = octets[arguments..];
        var secondEnd = second.IndexOf((byte)' ');
        var secondWord = secondEnd < 0 ? second : second[..secondEnd];
        verb = "UID " + Encoding.ASCII.GetString(secondWord[..Math.Min(secondWord.Length, 32)]).ToUpperInvariant();
        arguments = secondEnd < 0 ? octets.Length : arguments + secondEnd + 1;
        return true;
    }

    [LoggerMessage(LogLevel.Error, "Connection {SessionId}: {Verb} failed")]
    private partial void LogFailed(Exception failure, string sessionId, string verb);
}
