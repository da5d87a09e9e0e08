using System.IO.Pipelines;
using System.Net;
using System.Text;
using Mailstead.Hosting.Listeners;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Mailstead.Unit.Hosting.Listeners;

/// <summary>Who may say that a connection is from somebody else.</summary>
public sealed class ProxyProtocolTests : IAsyncDisposable
{
    private const string Header = "PROXY TCP4 192.0.2.7 198.51.100.1 49153 25\r\n";

    private readonly FakeTimeProvider clock = new();
    private readonly Pipe sent = new();
    private readonly DefaultConnectionContext connection;
    private string? heard;

    public ProxyProtocolTests()
    {
        connection = new DefaultConnectionContext("c1", new DuplexPipe(sent.Reader, new Pipe().Writer), new DuplexPipe(sent.Reader, new Pipe().Writer));
        From("10.1.2.3");
    }

    [Fact]
    public async Task A_trusted_proxy_is_believed_and_what_follows_is_the_protocol()
    {
        await SendAsync(Header + "EHLO example.org\r\n");

        await RunAsync();

        Assert.Equal("192.0.2.7:49153", connection.RemoteEndPoint?.ToString());
        Assert.Equal("EHLO example.org\r\n", heard);
    }

    [Fact]
    public async Task A_header_in_pieces_is_put_together()
    {
        var running = RunAsync();
        foreach (var letter in Header + "NOOP\r\n")
            await SendAsync(letter.ToString());

        await running;

        Assert.Equal("192.0.2.7:49153", connection.RemoteEndPoint?.ToString());
        Assert.StartsWith("N", heard, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stranger_s_header_is_what_the_stranger_says()
    {
        From("203.0.113.9");
        await SendAsync(Header);

        await RunAsync();

        Assert.Equal("203.0.113.9:5000", connection.RemoteEndPoint?.ToString());
        Assert.Equal(Header, heard);
    }

    [Fact]
    public async Task A_proxy_s_connection_without_a_header_is_closed()
    {
        await SendAsync("EHLO example.org\r\n");

        await RunAsync();

        Assert.Null(heard);
        await ClosedAsync();
    }

    [Fact]
    public async Task A_proxy_that_says_nothing_is_not_waited_for_for_ever()
    {
        var running = RunAsync();
        clock.Advance(TimeSpan.FromSeconds(6));

        await running.WaitAsync(TimeSpan.FromSeconds(60));

        Assert.Null(heard);
        await ClosedAsync();
    }

    public ValueTask DisposeAsync() => connection.DisposeAsync();

    private async Task ClosedAsync()
    {
        var closed = new TaskCompletionSource();
        await using var registration = connection.ConnectionClosed.Register(closed.SetResult);
        await closed.Task.WaitAsync(TimeSpan.FromSeconds(60));
    }

    private void From(string address) => connection.RemoteEndPoint = new IPEndPoint(IPAddress.Parse(address), 5000);

    private async Task SendAsync(string text) => await sent.Writer.WriteAsync(Encoding.ASCII.GetBytes(text));

    private Task RunAsync() =>
        new ProxyProtocol(new ListenersOptions { ProxyProtocolFrom = { "10.0.0.0/8" } }, clock, NullLogger<ProxyProtocol>.Instance)
            .RunAsync(connection, async client =>
            {
                var read = await client.Transport.Input.ReadAsync();
                heard = Encoding.ASCII.GetString(read.Buffer.FirstSpan);
            });

    private sealed class DuplexPipe(PipeReader input, PipeWriter output) : IDuplexPipe
    {
        public PipeReader Input { get; } = input;

        public PipeWriter Output { get; } = output;
    }
}
