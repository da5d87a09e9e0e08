using System.Text;
using Grpc.Core;
using Mailstead.Imap.Sessions;

namespace Mailstead.Imap.Commands;

/// <summary>IDLE (RFC 2177): changes are told as they happen, until the client says DONE.</summary>
internal sealed class Idle(ViewUpdate updates, TimeProvider clock)
{
    private static readonly TimeSpan AskAgainAfter = TimeSpan.FromSeconds(1);

    public async Task<ImapReply> RunAsync(ImapArguments arguments, CancellationToken cancellationToken)
    {
        var session = arguments.Session;
        if (!arguments.Octets.IsEmpty)
            return ImapReply.Bad("IDLE takes no arguments");
        session.Output.Text("+ idling\r\n");
        session.IsIdle = true;
        try
        {
            return await WaitAsync(session, cancellationToken);
        }
        finally
        {
            session.IsIdle = false;
            session.WaitingSince = 0;
        }
    }

    /// <summary>False: the store could not be asked now. The client waits anyway, so it is asked again.</summary>
    private async Task<bool> TellAsync(ImapSession session, CancellationToken cancellationToken)
    {
        try
        {
            await updates.RunAsync(session, Removals.Told, cancellationToken);
            return true;
        }
        catch (RpcException failure) when (failure.StatusCode is StatusCode.Unavailable or StatusCode.DeadlineExceeded)
        {
            await Task.Delay(AskAgainAfter, clock, cancellationToken);
            return false;
        }
    }

    private async Task<ImapReply> WaitAsync(ImapSession session, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (session.HasNews && !await TellAsync(session, cancellationToken))
                continue;
            await session.FlushAsync(cancellationToken);
            session.WaitingSince = clock.GetTimestamp();
            var result = await session.Input.ReadAsync(cancellationToken);
            if (session.Farewell is not null)
            {
                session.Input.AdvanceTo(result.Buffer.Start);
                return ImapReply.Silent;
            }

            if (System.Buffers.BuffersExtensions.PositionOf(result.Buffer, (byte)'\n') is { } end)
            {
                var line = Encoding.ASCII.GetString(System.Buffers.BuffersExtensions.ToArray(result.Buffer.Slice(0, end)));
                session.Input.AdvanceTo(result.Buffer.GetPosition(1, end));
                return line.Trim().Equals("DONE", StringComparison.OrdinalIgnoreCase)
                    ? ImapReply.Ok("IDLE completed")
                    : ImapReply.Bad("IDLE ends with DONE");
            }

            var isOver = result.IsCompleted || result.Buffer.Length > 1024;
            session.Input.AdvanceTo(result.Buffer.Start, result.Buffer.End);
            if (!isOver)
                continue;
            session.IsOver = true;
            return ImapReply.Bad("IDLE ends with DONE");
        }
    }
}
