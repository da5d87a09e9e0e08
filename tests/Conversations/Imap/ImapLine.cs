using System.IO.Pipelines;
using System.Text;

namespace Mailstead.Conversations.Imap;

/// <summary>One connection to the gateway, encrypted as far as that knows; lines out, lines in.</summary>
internal sealed class ImapLine : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Pipe toServer = new();
    private readonly Pipe toClient = new();
    private readonly StreamReader reader;
    private readonly Task serving;
    private int tags;

    public ImapLine(ImapHouse house, bool isEncrypted = true)
    {
        reader = new StreamReader(toClient.Reader.AsStream(), Encoding.UTF8);
        serving = house.ServeAsync(new Side(toServer.Reader, toClient.Writer), isEncrypted);
    }

    /// <summary>Signed in to this mailbox; the greeting is read.</summary>
    public static async Task<ImapLine> SignInAsync(ImapHouse house, string mailboxId)
    {
        var line = new ImapLine(house);
        await line.ReadAsync();
        await line.SayAsync($"LOGIN {mailboxId} secret");
        return line;
    }

    public async Task SendAsync(string text) => await toServer.Writer.WriteAsync(Encoding.UTF8.GetBytes(text + "\r\n"));

    public Task<string?> ReadAsync() => reader.ReadLineAsync().WaitAsync(Patience);

    /// <summary>Sends a command that must be answered OK; the lines before that, and that.</summary>
    public async Task<List<string>> SayAsync(string command)
    {
        var tag = $"t{++tags}";
        await SendAsync($"{tag} {command}");
        var lines = new List<string>();
        do
            lines.Add(await ReadAsync() ?? throw new InvalidOperationException($"{command}: the server has closed"));
        while (!lines[^1].StartsWith(tag + " ", StringComparison.Ordinal));
        Assert.StartsWith($"{tag} OK", lines[^1], StringComparison.Ordinal);
        return lines;
    }

    /// <summary>Ends the connection; nothing may be left unread.</summary>
    public async Task EndAsync()
    {
        await toServer.Writer.CompleteAsync();
        Assert.Null(await ReadAsync());
        await serving.WaitAsync(Patience);
    }

    public void Dispose() => reader.Dispose();

    private sealed record Side(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
