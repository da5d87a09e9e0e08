using System.Reflection;

namespace Mailstead.Persistence.Databases;

/// <summary>Brings a service's schema to the program's version, before any service of the process starts.</summary>
public sealed class SchemaMigration(string schema, Database database, Assembly migrations)
{
    public string Schema { get; } = schema;

    public Task RunAsync(CancellationToken cancellationToken) => Migrations.RunAsync(database, migrations, cancellationToken);
}
