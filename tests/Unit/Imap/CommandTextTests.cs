using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Mailstead.Imap.Sessions;
using Mailstead.Protocols.Imap;

namespace Mailstead.Unit.Imap;

/// <summary>How commands are found in what comes from the wire.</summary>
public sealed class CommandTextTests
{
    private static readonly string[] Pieces =
    [
        "a ", "NOOP", "\r\n", "\n", "\r", "{3}", "{3+}", "{0}", "~{2}", "{", "}", "xyz", "APPEND ", "INBOX ", "\"", " ", "{99999999999999999999}", "{70000}",
    ];

    [Fact]
    public void Commands_are_the_same_however_the_octets_are_cut() => Generated.Check(Generated.Cut(Generated.Octets(Pieces)), input =>
        Assert.Equal(Read(input), Read((input.Octets, [int.MaxValue]))));

    [Fact]
    public void A_literal_within_limits_is_part_of_its_command()
    {
        var wire = Encoding.ASCII.GetBytes("a LOGIN {3}\r\nb\r\n {2+}\r\ncd\r\nb NOOP\r\n");
        Assert.Equal(["Complete a LOGIN {3}\r\nb\r\n {2+}\r\ncd", "Complete b NOOP"], Read((wire, [1])));
    }

    [Theory]
    [InlineData(ImapLimits.LiteralOctetsMax, "Complete")]
    [InlineData(ImapLimits.LiteralOctetsMax + 1, "TooLong")]
    public void Literals_are_bounded(int length, string reading)
    {
        var wire = Encoding.ASCII.GetBytes($"a X {{{length}+}}\r\n{new string('x', length)}\r\n");
        Assert.StartsWith(reading, Read((wire, [int.MaxValue]))[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ImapLimits.LineOctetsMax - 1, "Complete")]
    [InlineData(ImapLimits.LineOctetsMax + 1, "TooLong")]
    public void Lines_are_bounded_before_their_end_has_come(int length, string reading) =>
        Assert.StartsWith(reading, Read((Encoding.ASCII.GetBytes(new string('x', length) + "\r\n"), [1000]))[0], StringComparison.Ordinal);

    [Fact]
    public void Many_literals_together_are_bounded()
    {
        var literal = $"{{{ImapLimits.LiteralOctetsMax}+}}\r\n{new string('x', ImapLimits.LiteralOctetsMax)} ";
        var wire = Encoding.ASCII.GetBytes("a X " + string.Concat(Enumerable.Repeat(literal, 20)) + "\r\n");
        Assert.StartsWith("TooLong", Read((wire, [int.MaxValue]))[0], StringComparison.Ordinal);
    }

    /// <summary>Every command with how its reading ended.</summary>
    private static List<string> Read((byte[] Octets, int[] Cuts) input)
    {
        var toServer = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
        var toClient = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
        var session = new ImapSession(
            "id", new Duplex(toServer.Reader, toClient.Writer), new IPEndPoint(IPAddress.Loopback, 1), true, TimeProvider.System);
        var commands = new List<string>();
        var reading = Task.Run(async () =>
        {
            while (true)
            {
                var command = new CommandText();
                var how = await command.ReadAsync(session, _ => ValueTask.CompletedTask, CancellationToken.None);
                if (how == CommandReading.Closed)
                    return;
                commands.Add($"{how} {Encoding.Latin1.GetString(command.Octets.Span)}");
                if (how == CommandReading.TooLong)
                    return;
            }
        });
        Generated.Feed(input, piece =>
        {
            toServer.Writer.Write(piece.Span);
            toServer.Writer.FlushAsync().AsTask().Wait();
        });
        toServer.Writer.Complete();
        reading.Wait();
        return commands;
    }

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
