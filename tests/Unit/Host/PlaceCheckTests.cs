using System.Net;
using System.Net.Sockets;
using System.Text;
using Mailstead.Host;
using Mailstead.Host.CommandLine;

namespace Mailstead.Unit.Host;

/// <summary>What <c>--check</c> says of servers that are well and of others.</summary>
public sealed class PlaceCheckTests : IDisposable
{
    private readonly StringWriter said = new();

    [Theory]
    [InlineData("220 mail.example.test ESMTP\r\n")]
    [InlineData("* OK IMAP4rev1 ready\r\n")]
    public async Task A_server_that_greets_is_well(string greeting)
    {
        Assert.Equal(0, await CheckAsync(greeting));
        Assert.Contains(greeting.TrimEnd(), said.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("554 no service\r\n")]
    [InlineData("* BYE overloaded\r\n")]
    [InlineData("")]
    public async Task A_server_that_turns_away_is_not(string greeting) => Assert.Equal(1, await CheckAsync(greeting));

    [Fact]
    public async Task One_place_that_is_not_there_fails_them_all_and_each_is_named()
    {
        using var nobody = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        nobody.Bind(new IPEndPoint(IPAddress.Loopback, 0)); // Bound, so that nobody else takes it, and not listening.
        var port = ((IPEndPoint)nobody.LocalEndPoint!).Port;

        Assert.Equal(1, await PlaceCheck.RunAsync($"127.0.0.1:{port}, http://127.0.0.1:{port}/health/ready", said));
        Assert.Equal(2, said.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public async Task What_is_no_place_is_refused() =>
        await Assert.ThrowsAsync<SettingException>(() => PlaceCheck.RunAsync("mail.example.test", said));

    public void Dispose() => said.Dispose();

    private async Task<int> CheckAsync(string greeting)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var greeted = GreetAsync(listener, greeting);
        var code = await PlaceCheck.RunAsync(listener.LocalEndpoint.ToString()!, said);
        await greeted;
        return code;
    }

    private static async Task GreetAsync(TcpListener listener, string greeting)
    {
        using var client = await listener.AcceptTcpClientAsync();
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(greeting));
    }
}
