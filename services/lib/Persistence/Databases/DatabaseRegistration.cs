using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Mailstead.Persistence.Databases;

/// <summary>Gives a service its database, migrated before anything else starts.</summary>
public static class DatabaseRegistration
{
    /// <summary>What a database has to answer a question about its health; a probe that asks waits little longer.</summary>
    private static readonly TimeSpan HealthPatience = TimeSpan.FromSeconds(3);

    /// <summary>
    /// Registers the keyed singleton <see cref="Database"/> <paramref name="schema"/>: the SQLite file
    /// <c>{folder}/{schema}.db</c>, or that schema of PostgreSQL when <see cref="DatabaseOptions"/> name one.
    /// </summary>
    /// <returns>What brings it to the program's version: to be run before anything uses it.</returns>
    public static Func<IServiceProvider, CancellationToken, Task> AddDatabase(
        this IServiceCollection services, string schema, Func<string> folder, Assembly migrations)
    {
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<DatabaseOptions>, DatabaseOptionsValidator>());
        services.AddOptions<DatabaseOptions>().BindConfiguration("Database").ValidateOnStart();
        services.AddKeyedSingleton<Database>(schema, (provider, _) =>
            provider.GetRequiredService<IOptions<DatabaseOptions>>().Value is { PostgreSql.Length: > 0 } options
                ? PostgreSqlDatabase.Open(options, schema)
                : SqliteDatabase.Open(Path.Combine(folder(), schema + ".db")));
        services.AddKeyedSingleton(schema, (provider, _) =>
            new SchemaMigration(schema, provider.GetRequiredKeyedService<Database>(schema), migrations));
        services.AddSingleton(provider => provider.GetRequiredKeyedService<SchemaMigration>(schema));
        // Degraded, not unhealthy: fewer replicas would not bring it back.
        services.AddHealthChecks().Add(new HealthCheckRegistration(
            "tables of " + schema, provider => new DatabaseHealth(provider.GetRequiredKeyedService<Database>(schema)), HealthStatus.Degraded, null,
            HealthPatience));
        return (provider, cancellationToken) => provider.GetRequiredKeyedService<SchemaMigration>(schema).RunAsync(cancellationToken);
    }
}
