using System.IO.Pipelines;
using System.Text;

namespace Mailstead.Conversations;

/// <summary>
/// Plays a script of lines on the wire: <c>C:</c> is sent with CRLF, <c>S:</c> must be answered. In an answer <c>…</c> stands for
/// anything up to what follows it.
/// </summary>
internal static class Conversation
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public static async Task PlayAsync(Func<IDuplexPipe, Task> server, string script)
    {
        var toServer = new Pipe();
        var toClient = new Pipe();
        var running = server(new Side(toServer.Reader, toClient.Writer));
        using var reader = new StreamReader(toClient.Reader.AsStream(), Encoding.UTF8);
        foreach (var line in script.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.StartsWith("C: ", StringComparison.Ordinal))
                await toServer.Writer.WriteAsync(Encoding.UTF8.GetBytes(line[3..] + "\r\n"));
            else if (line.StartsWith("S: ", StringComparison.Ordinal))
                Expect(line[3..], await reader.ReadLineAsync().WaitAsync(Patience));
        }

        await toServer.Writer.CompleteAsync();
        await running.WaitAsync(Patience);
    }

    private static void Expect(string expected, string? actual)
    {
        var position = 0;
        var pieces = expected.Split('…');
        Assert.True(actual is not null && actual.StartsWith(pieces[0], StringComparison.Ordinal), $"Expected: {expected}\nActual:   {actual}");
        foreach (var piece in pieces)
        {
            var found = actual!.IndexOf(piece, position, StringComparison.Ordinal);
            Assert.True(found >= 0, $"Expected: {expected}\nActual:   {actual}");
            position = found + piece.Length;
        }

        Assert.True(pieces[^1].Length == 0 || position == actual!.Length, $"Expected: {expected}\nActual:   {actual}");
    }

    private sealed record Side(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
