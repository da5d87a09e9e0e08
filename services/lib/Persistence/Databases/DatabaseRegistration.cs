using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Mailstead.Persistence.Databases;

/// <summary>Gives a service its database, migrated before anything else starts.</summary>
public static class DatabaseRegistration
{
    /// <summary>
    /// Registers the keyed singleton <see cref="Database"/> <paramref name="schema"/>: the SQLite file
    /// <c>{folder}/{schema}.db</c>, or that schema of PostgreSQL when <paramref name="postgreSql"/> is a connection string.
    /// </summary>
    public static IServiceCollection AddDatabase(
        this IServiceCollection services, string schema, string folder, string? postgreSql, Assembly migrations)
    {
        services.AddKeyedSingleton<Database>(schema, (_, _) => string.IsNullOrEmpty(postgreSql)
            ? SqliteDatabase.Open(Path.Combine(folder, schema + ".db"))
            : PostgreSqlDatabase.Open(postgreSql, schema));
        services.AddSingleton<IHostedService>(provider =>
            new MigrateAtStart(schema, provider.GetRequiredKeyedService<Database>(schema), migrations));
        return services;
    }
}
