namespace Mailstead.EndToEnd.Harness;

/// <summary>A server with the demo organization, new for the tests of a class.</summary>
public sealed class DemoServer : IAsyncLifetime
{
    internal const string Alice = "alice@demo.mailstead.test";
    internal const string Bob = "bob@demo.mailstead.test";
    internal const string Carol = "carol@demo.mailstead.test";

    private bool isShared;

    internal MailsteadServer Server { get; private set; } = null!;

    /// <summary>One with settings of its own, not from a fixture.</summary>
    internal static async Task<DemoServer> StartAsync(Dictionary<string, string> environment) =>
        new() { Server = await MailsteadServer.StartAsync(environment: environment) };

    public async ValueTask InitializeAsync()
    {
        var settings = new Dictionary<string, string> { ["MAILSTEAD_Ingress__Postmaster"] = Bob };
        isShared = Shape.IsCluster;
        Server = isShared ? await SharedDemo.TakeAsync(settings) : await MailsteadServer.StartAsync(environment: settings);
    }

    public async ValueTask DisposeAsync()
    {
        // It may never have become ready.
        if (isShared && Server is not null)
            SharedDemo.GiveBack(Server);
        else if (Server is not null)
            await Server.DisposeAsync();
    }

    internal string PasswordOf(string address) => Server.Passwords[address];
}
