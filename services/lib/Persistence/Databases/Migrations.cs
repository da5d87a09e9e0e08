using System.Data.Common;
using System.Reflection;
using Microsoft.Extensions.Options;

namespace Mailstead.Persistence.Databases;

/// <summary>
/// Brings a schema forward, never back: runs the embedded <c>Migrations/NNNN_name.sql</c> of a service that have not run yet,
/// each in a transaction. A file named for a dialect (<c>.sqlite.sql</c>, <c>.postgresql.sql</c>) takes the place of the common
/// one there.
/// </summary>
public static class Migrations
{
    private const string NotAllowed = "42501";

    public static async Task RunAsync(Database database, Assembly service, CancellationToken cancellationToken)
    {
        var scripts = Scripts(service, database.Dialect).ToList();
        await using var separate = database.OpenAsOwner();
        var owner = separate ?? database;
        try
        {
            // Nothing to do: then it takes no right to change tables, which most processes don't have.
            if (separate is not null || !await database.IsPreparedAsync([.. scripts.Select(script => script.Name)], cancellationToken).ConfigureAwait(false))
                await BringForwardAsync(owner, scripts, cancellationToken).ConfigureAwait(false);
        }
        catch (DbException refused) when (refused.SqlState == NotAllowed)
        {
            throw new OptionsValidationException("Database", typeof(DatabaseOptions), [
                $"The tables are not at this version, and the role of {(separate is null ? "Database:PostgreSql" : "Database:Owner")} may not change "
                + $"them ({refused.Message}): name the role that owns them in Database:Owner, or run mailstead --migrate with it first"]);
        }

        await database.VerifyAsync(cancellationToken).ConfigureAwait(false);
    }

    private static async Task BringForwardAsync(
        Database database, IReadOnlyList<(string Name, string Sql)> scripts, CancellationToken cancellationToken)
    {
        await using var turn = await database.TakeMigrationTurnAsync(cancellationToken).ConfigureAwait(false);
        await database.PrepareSchemaAsync(cancellationToken).ConfigureAwait(false);
        await database.ExecuteAsync(
            TenantScope.None,
            """
            CREATE TABLE IF NOT EXISTS migrations (
                name TEXT NOT NULL PRIMARY KEY)
            """,
            null, cancellationToken).ConfigureAwait(false);
        var applied = await database.ListAsync<string>(TenantScope.None, "SELECT name FROM migrations", null, cancellationToken).ConfigureAwait(false);
        foreach (var (name, sql) in scripts.Where(script => !applied.Contains(script.Name)))
            await ApplyAsync(database, name, sql, cancellationToken).ConfigureAwait(false);
        await database.ProtectTenantsAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Every migration of a service in a dialect, in their order.</summary>
    internal static IReadOnlyList<string> NamesOf(Assembly service, Dialect dialect) => [.. Scripts(service, dialect).Select(script => script.Name)];

    private static Task<int> ApplyAsync(Database database, string name, string sql, CancellationToken cancellationToken) =>
        database.WriteAsync(
            TenantScope.Everyone,
            async transaction =>
            {
                await transaction.ExecuteAsync(sql, null).ConfigureAwait(false);
                return await transaction.ExecuteAsync("INSERT INTO migrations (name) VALUES (@name)", new { name }).ConfigureAwait(false);
            },
            cancellationToken);

    private static IEnumerable<(string Name, string Sql)> Scripts(Assembly service, Dialect dialect)
    {
        var resources = service.GetManifestResourceNames()
            .Where(resource => resource.Contains(".Migrations.", StringComparison.Ordinal) && resource.EndsWith(".sql", StringComparison.Ordinal))
            .ToDictionary(resource => resource[(resource.IndexOf(".Migrations.", StringComparison.Ordinal) + 12)..^4], StringComparer.Ordinal);
        return resources.Keys
            .Select(name => name.Split('.')[0])
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal)
            .Select(name => (name, Choose(resources, name, dialect)))
            .Where(script => script.Item2 is not null)
            .Select(script => (script.name, Read(service, script.Item2!)));
    }

    private static string? Choose(Dictionary<string, string> resources, string name, Dialect dialect) =>
        resources.GetValueOrDefault($"{name}.{dialect.Name}") ?? resources.GetValueOrDefault(name);

    private static string Read(Assembly service, string resource)
    {
        using var stream = service.GetManifestResourceStream(resource)
            ?? throw new InvalidOperationException($"Migration {resource} is listed but can't be read");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
