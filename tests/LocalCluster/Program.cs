using System.Collections;
using System.Globalization;
using System.Runtime.InteropServices;
using Mailstead.LocalCluster;

// ./build.sh cluster [-- --port-base N] [--replicas N] [--set CHART-VALUE…]
var portBase = 20000;
var values = new List<string>();
for (var i = 0; i + 1 < args.Length; i += 2)
{
    switch (args[i])
    {
        case "--port-base": portBase = int.Parse(args[i + 1], CultureInfo.InvariantCulture); break;
        case "--replicas": values.Add($"roleDefaults.replicas={args[i + 1]}"); break;
        case "--set": values.Add(args[i + 1]); break;
        default: return Usage();
    }
}

if (args.Length % 2 != 0)
    return Usage();

// A replica's environment is the chart's: what the caller has for an own installation stays out.
foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
{
    if (variable.Key is string name && name.StartsWith("MAILSTEAD_", StringComparison.Ordinal))
        Environment.SetEnvironmentVariable(name, null);
}

using var ending = new CancellationTokenSource();
void End(PosixSignalContext signal)
{
    signal.Cancel = true;
    ending.Cancel();
}

using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);

Console.WriteLine("Starting PostgreSQL, RabbitMQ, Redis and a Ceph object gateway …");
await using var cluster = await ChartCluster.StartAsync(portBase, [.. values]);
try
{
    Console.WriteLine("Starting the chart's roles …");
    await cluster.WaitUntilReadyAsync(ending.Token);
    Announcement.Write(cluster, Console.Out);
    await Task.Delay(Timeout.Infinite, ending.Token);
}
catch (OperationCanceledException)
{
    Console.WriteLine("Ending all of it …");
}

return 0;

static int Usage()
{
    Console.Error.WriteLine("cluster: allowed are --port-base N, --replicas N, --set CHART.VALUE=X (more than once)");
    return 2;
}
