using System.Diagnostics;
using System.Text;
using System.Text.Json;
using k8s.Models;
using Mailstead.LocalCluster.Chart;
using Mailstead.LocalCluster.Processes;

namespace Mailstead.LocalCluster;

/// <summary>
/// The rendered chart on this machine: each Deployment's replicas as processes with the chart's environment, on real engines.
/// So what the chart says is what runs, and neither can drift from the other.
/// </summary>
internal sealed class ChartCluster : IAsyncDisposable
{
    /// <summary>Port bases are this far apart; no two well-known ports differ by a small multiple of it.</summary>
    private const int Step = 10;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(6);
    private readonly string folder;
    private readonly IReadOnlyDictionary<string, V1Secret> secrets;

    private ChartCluster(string folder, LocalEngines engines, IReadOnlyDictionary<string, V1Secret> secrets, List<RoleProcess> processes) =>
        (this.folder, Engines, this.secrets, Processes) = (folder, engines, secrets, processes);

    public LocalEngines Engines { get; }

    public IReadOnlyList<RoleProcess> Processes { get; }

    public string AccessKeyId => Secret("mailstead-administrator", "accessKeyId");

    public string SecretAccessKey => Secret("mailstead-administrator", "secretAccessKey");

    /// <summary>PEM file of the authority behind the certificate that clients see.</summary>
    public string Authority => Path.Combine(folder, "ca.pem");

    public static Task<ChartCluster> StartAsync(int portBase, params string[] values) =>
        StartAsync(LocalEngines.StartAsync(), portBase, _ => null, values);

    /// <param name="place">Where a replica is that isn't on loopback; null: it is.</param>
    public static async Task<ChartCluster> StartAsync(
        Task<LocalEngines> starting, int portBase, Func<Replica, Place?> place, params string[] values)
    {
        var engines = await starting;
        try
        {
            return await StartAsync(engines, portBase, place, values);
        }
        catch
        {
            await engines.DisposeAsync();
            throw;
        }
    }

    public IEnumerable<RoleProcess> Of(string role) => Processes.Where(process => process.Replica.Role == role);

    /// <summary>The demo accounts: address and password, as each replica of Directories set it at its first start; the last one holds.</summary>
    public IEnumerable<(string Address, string Password)> Accounts() => Of("directories")
        .SelectMany(replica => JsonSerializer.Deserialize<Dictionary<string, string>>(File.ReadAllText(AccountsOf(replica)))!)
        .Select(account => (account.Key, account.Value));

    /// <summary>Returns when every replica says that it is ready.</summary>
    /// <exception cref="TimeoutException">One of them isn't in six minutes; its log's end is told.</exception>
    public async Task WaitUntilReadyAsync(CancellationToken cancellationToken)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        foreach (var process in Processes)
            await WaitAsync(process, () => process.IsReadyAsync(http, cancellationToken), cancellationToken);
        // They are made when everything answers.
        foreach (var replica in Of("directories"))
            await WaitAsync(replica, () => Task.FromResult(File.Exists(AccountsOf(replica))), cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(Processes.Select(process => process.DisposeAsync().AsTask()));
        await Engines.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    private static async Task<ChartCluster> StartAsync(LocalEngines engines, int portBase, Func<Replica, Place?> place, string[] values)
    {
        var secrets = await TrialSecrets.CreateAsync("localhost");
        engines.Fill(secrets);
        var manifests = Manifests.Parse(await Helm.TemplateAsync(
            Repository.In("tests/LocalCluster/local.yaml"),
            ["--set", $"bodies.endpoint={engines.BodiesEndpoint}", .. values.SelectMany(value => new[] { "--set", value })]));
        var folder = Directory.CreateTempSubdirectory("mailstead-cluster-").FullName;
        await File.WriteAllBytesAsync(Path.Combine(folder, "ca.pem"), secrets["mailstead-tls"].Data["ca.crt"]);

        var replicas = manifests.Roles
            .SelectMany(role => Enumerable.Range(0, role.Value.Spec.Replicas ?? 1).Select(number => (Role: role.Key, Number: number)))
            .Select((one, i) => new Replica(one.Role, one.Number, portBase + i * Step, Path.Combine(folder, $"{one.Role}-{one.Number}")))
            .Select(replica => replica with { Place = place(replica) })
            .ToList();
        var cluster = new ChartCluster(folder, engines, secrets,
        [
            .. replicas.Select(replica => new RoleProcess(
                replica, new PodOnThisMachine(manifests.Roles[replica.Role].Spec.Template.Spec, replica, secrets, replicas))),
        ]);
        await Task.WhenAll(cluster.Processes.Select(process => process.StartAsync()));
        return cluster;
    }

    private static string AccountsOf(RoleProcess process) => Path.Combine(process.Replica.Data, "demo-credentials.json");

    private static async Task WaitAsync(RoleProcess process, Func<Task<bool>> condition, CancellationToken cancellationToken)
    {
        var waiting = Stopwatch.StartNew();
        while (!await condition())
        {
            if (waiting.Elapsed > Patience)
                throw new TimeoutException($"{process.Replica.Name} does not become ready:\n{End(process.Replica.Log)}");
            await Task.Delay(100, cancellationToken);
        }
    }

    private string Secret(string name, string key) => Encoding.UTF8.GetString(secrets[name].Data[key]);

    private static string End(string log) => File.Exists(log) ? string.Join('\n', File.ReadLines(log).TakeLast(20)) : "no log";
}
