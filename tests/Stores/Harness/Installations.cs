using Mailstead.Stores.Harness;

[assembly: AssemblyFixture(typeof(Installations))]

namespace Mailstead.Stores.Harness;

/// <summary>
/// One installation for each database, started when the first test asks and shared by all that don't disturb each other; others
/// start one of their own.
/// </summary>
public sealed class Installations : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("mailstead-stores-").FullName;
    private readonly Lazy<Task<PostgreSqlServer>> postgreSql = new(PostgreSqlServer.StartAsync);
    private readonly Lazy<Task<RadosGateway>> objectStore = new(RadosGateway.StartAsync);
    private readonly Dictionary<DatabaseKind, Lazy<Task<Installation>>> shared = [];
    private readonly Lazy<Task<Guid>>[] organizations;
    private int count;

    public Installations()
    {
        foreach (var kind in Enum.GetValues<DatabaseKind>())
            shared[kind] = new(() => StartSharedAsync(kind));
        organizations = [.. shared.Values.Select(starting => new Lazy<Task<Guid>>(
            async () => await (await starting.Value).NewOrganizationKeyAsync()))];
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        foreach (var started in shared.Values.Where(installation => installation.IsValueCreated))
            await (await started.Value).DisposeAsync();
        if (objectStore.IsValueCreated)
            await (await objectStore.Value).DisposeAsync();
        if (postgreSql.IsValueCreated)
            await (await postgreSql.Value).DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    internal Task<RadosGateway> ObjectStoreAsync() => objectStore.Value;

    internal Task<Installation> SharedAsync(DatabaseKind kind) => shared[kind].Value;

    /// <summary>A new mailbox in the organization that most tests share.</summary>
    internal async Task<MailboxOnStore> NewMailboxAsync(DatabaseKind kind, long quotaBytes = 1L << 30) =>
        await (await SharedAsync(kind)).NewMailboxAsync(await organizations[(int)kind].Value, quotaBytes);

    internal async Task<(string Program, string Owner)> NewOwnedDatabaseAsync() =>
        await (await postgreSql.Value).CreateOwnedDatabaseAsync();

    /// <summary>As production has it: the program's role uses tables that belong to another.</summary>
    private async Task<Installation> StartSharedAsync(DatabaseKind kind)
    {
        if (kind == DatabaseKind.Sqlite)
            return await Installation.StartAsync(NewFolder(), null);
        var (program, owner) = await NewOwnedDatabaseAsync();
        return await Installation.StartAsync(NewFolder(), program, new Dictionary<string, string?> { ["Database:Owner"] = owner });
    }

    internal string NewFolder() => Directory.CreateDirectory(Path.Combine(folder, $"{Interlocked.Increment(ref count)}"))
        .FullName;

    /// <summary>Null on SQLite, whose files are in the installation's folder.</summary>
    internal async Task<string?> NewDatabaseAsync(DatabaseKind kind) =>
        kind == DatabaseKind.Sqlite ? null : await (await postgreSql.Value).CreateDatabaseAsync();
}
