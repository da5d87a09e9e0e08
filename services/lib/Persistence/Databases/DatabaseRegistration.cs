using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Mailstead.Persistence.Databases;

/// <summary>Gives a service its database, migrated before anything else starts.</summary>
public static class DatabaseRegistration
{
    /// <summary>
    /// Registers the keyed singleton <see cref="Database"/> <paramref name="schema"/>: the SQLite file
    /// <c>{folder}/{schema}.db</c>, or that schema of PostgreSQL when <see cref="DatabaseOptions"/> name one.
    /// </summary>
    public static IServiceCollection AddDatabase(
        this IServiceCollection services, string schema, Func<string> folder, Assembly migrations)
    {
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<DatabaseOptions>, DatabaseOptionsValidator>());
        services.AddOptions<DatabaseOptions>().BindConfiguration("Database").ValidateOnStart();
        services.AddKeyedSingleton<Database>(schema, (provider, _) =>
            provider.GetRequiredService<IOptions<DatabaseOptions>>().Value is { PostgreSql.Length: > 0 } options
                ? PostgreSqlDatabase.Open(options, schema)
                : SqliteDatabase.Open(Path.Combine(folder(), schema + ".db")));
        services.AddSingleton<IHostedService>(provider =>
            new MigrateAtStart(schema, provider.GetRequiredKeyedService<Database>(schema), migrations));
        return services;
    }
}
