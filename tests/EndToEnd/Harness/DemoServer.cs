namespace Mailstead.EndToEnd.Harness;

/// <summary>One server with the demo organization, shared by the tests of a class.</summary>
public sealed class DemoServer : IAsyncLifetime
{
    internal const string Alice = "alice@demo.mailstead.test";
    internal const string Bob = "bob@demo.mailstead.test";
    internal const string Carol = "carol@demo.mailstead.test";

    internal MailsteadServer Server { get; private set; } = null!;

    /// <summary>One with settings of its own, not from a fixture.</summary>
    internal static async Task<DemoServer> StartAsync(Dictionary<string, string> environment) =>
        new() { Server = await MailsteadServer.StartAsync(environment: environment) };

    public async ValueTask InitializeAsync() =>
        Server = await MailsteadServer.StartAsync(environment: new() { ["MAILSTEAD_Ingress__Postmaster"] = Bob });

    public async ValueTask DisposeAsync() => await Server.DisposeAsync();

    internal string PasswordOf(string address) => Server.Passwords[address];
}
