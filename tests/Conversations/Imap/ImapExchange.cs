using System.IO.Pipelines;
using System.Text;

namespace Mailstead.Conversations.Imap;

/// <summary>Everything that a client sends at once, and every octet that it gets until the server has closed.</summary>
internal static class ImapExchange
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <param name="commands">With their line ends; characters up to U+00FF are octets.</param>
    public static async Task<byte[]> RunAsync(ImapHouse house, string commands)
    {
        var (toServer, toClient) = (new Pipe(), new Pipe(new PipeOptions(pauseWriterThreshold: 0)));
        var serving = house.ServeAsync(new Side(toServer.Reader, toClient.Writer), isEncrypted: true);
        await toServer.Writer.WriteAsync(Encoding.Latin1.GetBytes(commands + "last LOGOUT\r\n"));
        await serving.WaitAsync(Patience);
        using var answers = new MemoryStream();
        await toClient.Reader.CopyToAsync(answers);
        return answers.ToArray();
    }

    private sealed record Side(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
