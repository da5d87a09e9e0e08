namespace Mailstead.EndToEnd.Harness;

/// <summary>One server that waits for its SMTP clients a few seconds instead of minutes, and lets few of them submit at once.</summary>
public sealed class ImpatientServer : IAsyncLifetime
{
    internal const int ConnectionsMax = 3;
    internal const int ConnectionsPerMinuteMax = 15;

    internal MailsteadServer Server { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Server = await MailsteadServer.StartAsync(environment: new()
    {
        ["MAILSTEAD_Ingress__Timeout"] = "00:00:04",
        ["MAILSTEAD_Submission__TrustLoopback"] = "false",
        ["MAILSTEAD_Submission__ConnectionsPerAddress"] = $"{ConnectionsMax}",
        ["MAILSTEAD_Submission__ConnectionsPerMinutePerAddress"] = $"{ConnectionsPerMinuteMax}",
    });

    public async ValueTask DisposeAsync() => await Server.DisposeAsync();
}
