using Mailstead.Benchmarks.Loads;
using Mailstead.Benchmarks.Measures;
using Mailstead.Benchmarks.Targets;

namespace Mailstead.Benchmarks;

/// <summary>Memory of a signed-in connection that waits in IDLE.</summary>
internal sealed class IdleFigures(Target target, int divisor)
{
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        Report.Heading($"{target.Name}: connections in IDLE", "kind", "connections", "KB per connection", "memory MB");
        await MeasureAsync(tls: false, cancellationToken);
        if (target.ImapTlsPort is not null)
            await MeasureAsync(tls: true, cancellationToken);
    }

    private async Task MeasureAsync(bool tls, CancellationToken cancellationToken)
    {
        var connections = 1000 / divisor;
        await Task.Delay(TimeSpan.FromSeconds(2), cancellationToken);
        var before = ProcessTree.Memory(target.ProcessIds);
        var clients = new List<ImapClient>();
        for (var i = 0; i < connections; i++)
        {
            var client = await ImapClient.SignInAsync(target, target.Accounts[i % target.Accounts.Count], tls, cancellationToken);
            await client.RunAsync("SELECT INBOX", cancellationToken);
            await client.IdleAsync(cancellationToken);
            clients.Add(client);
        }

        await Task.Delay(TimeSpan.FromSeconds(5), cancellationToken);
        var after = ProcessTree.Memory(target.ProcessIds);
        Report.Row(tls ? "TLS" : "plain", connections, (after - before) / 1024.0 / connections, after / 1e6);
        clients.ForEach(client => client.Dispose());
    }
}
