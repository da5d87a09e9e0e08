using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Mailstead.Drills.Faults;

/// <summary>What happens to requests to the object store.</summary>
internal enum WireState
{
    Fine,

    /// <summary>Every piece of either direction comes late.</summary>
    Slow,

    /// <summary>503 Service Unavailable, as a store that is overloaded or restarts.</summary>
    Failing,

    /// <summary>Whatever would store something gets 507 Insufficient Storage with Ceph's code; the rest works.</summary>
    Full,

    /// <summary>Connections stay open and nothing comes back.</summary>
    Silent,
}

/// <summary>
/// Stands between the roles and the object store and makes it slow, failing or full. Requests pass as they are, so signatures hold.
/// </summary>
internal sealed class ObjectStoreWire : IAsyncDisposable
{
    private const int HeadOctetsMax = 64 * 1024;
    private static readonly TimeSpan Delay = TimeSpan.FromSeconds(1);

    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly TaskCompletionSource<int> target = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource ending = new();
    private readonly Task accepting;

    public ObjectStoreWire()
    {
        listener.Start();
        accepting = Task.Run(AcceptAsync);
    }

    /// <summary>Holds for requests that come from now on, and for the pieces of those under way.</summary>
    public WireState State { get; set; }

    public string Endpoint => $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";

    /// <summary>Where the store is. Requests that came before wait for it.</summary>
    public void LeadTo(int port) => target.TrySetResult(port);

    public async ValueTask DisposeAsync()
    {
        await ending.CancelAsync();
        listener.Stop();
        await accepting;
        ending.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = PassAsync(await listener.AcceptTcpClientAsync(ending.Token));
        }
        catch (Exception end) when (end is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The drills are over.
        }
    }

    private async Task PassAsync(TcpClient client)
    {
        using var store = new TcpClient();
        using (client)
        {
            try
            {
                await store.ConnectAsync(IPAddress.Loopback, await target.Task.WaitAsync(ending.Token), ending.Token);
                var answers = BackAsync(store.GetStream(), client.GetStream());
                await RequestsAsync(client.GetStream(), store.GetStream());
                client.Close();
                await answers;
            }
            catch (Exception gone) when (gone is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // Either side has closed; the other one sees it by that.
            }
        }
    }

    /// <summary>Ends when the connection is of no more use.</summary>
    private async Task RequestsAsync(NetworkStream client, NetworkStream store)
    {
        var buffer = new byte[HeadOctetsMax];
        var filled = 0;
        while (true)
        {
            var head = await ReadHeadAsync(client, buffer, filled);
            if (head.End == 0)
                return;
            var isWriting = head.Text.StartsWith("PUT ", StringComparison.Ordinal) || head.Text.StartsWith("POST ", StringComparison.Ordinal);
            if (State == WireState.Failing || (State == WireState.Full && isWriting))
            {
                await RefuseAsync(client, head, State == WireState.Full ? "507 Insufficient Storage" : "503 Service Unavailable",
                    State == WireState.Full ? "QuotaExceeded" : "ServiceUnavailable");
                return;
            }

            await HoldUpAsync();
            await store.WriteAsync(buffer.AsMemory(0, head.Filled), ending.Token);
            var left = head.BodyOctets - (head.Filled - head.End);
            while (left > 0)
            {
                var count = await client.ReadAsync(buffer.AsMemory(0, (int)Math.Min(left, buffer.Length)), ending.Token);
                if (count == 0)
                    return;
                await store.WriteAsync(buffer.AsMemory(0, count), ending.Token);
                left -= count;
            }

            filled = 0;
        }
    }

    private async Task<Head> ReadHeadAsync(NetworkStream client, byte[] buffer, int filled)
    {
        while (true)
        {
            var end = buffer.AsSpan(0, filled).IndexOf("\r\n\r\n"u8);
            if (end >= 0)
                return new Head(Encoding.ASCII.GetString(buffer, 0, end), end + 4, filled);
            var count = filled < buffer.Length ? await client.ReadAsync(buffer.AsMemory(filled), ending.Token) : 0;
            if (count == 0)
                return new Head("", 0, 0);
            filled += count;
        }
    }

    private async Task BackAsync(NetworkStream store, NetworkStream client)
    {
        var buffer = new byte[HeadOctetsMax];
        while (await store.ReadAsync(buffer, ending.Token) is > 0 and var count)
        {
            while (State == WireState.Silent)
                await Task.Delay(50, ending.Token);
            await client.WriteAsync(buffer.AsMemory(0, count), ending.Token);
        }

        client.Close();
    }

    private async Task HoldUpAsync()
    {
        if (State == WireState.Slow)
            await Task.Delay(Delay, ending.Token);
    }

    /// <summary>The body is read first: a client that still sends would see a reset instead of the answer.</summary>
    private async Task RefuseAsync(NetworkStream client, Head head, string status, string code)
    {
        var left = head.BodyOctets - (head.Filled - head.End);
        var buffer = new byte[HeadOctetsMax];
        while (left > 0 && await client.ReadAsync(buffer, ending.Token) is > 0 and var count)
            left -= count;
        var body = $"<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>{code}</Code><RequestId>drill</RequestId></Error>";
        await client.WriteAsync(Encoding.ASCII.GetBytes(
            $"HTTP/1.1 {status}\r\nContent-Type: application/xml\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}"), ending.Token);
    }

    private readonly record struct Head(string Text, int End, int Filled)
    {
        /// <summary>Octets that follow the head; the client library always says how many.</summary>
        public long BodyOctets => Text.Split("\r\n")
            .Where(line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase))
            .Select(line => long.Parse(line.AsSpan("Content-Length:".Length), System.Globalization.CultureInfo.InvariantCulture))
            .FirstOrDefault();
    }
}
