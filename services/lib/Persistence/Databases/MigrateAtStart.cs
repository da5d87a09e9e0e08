using System.Reflection;
using Microsoft.Extensions.Hosting;

namespace Mailstead.Persistence.Databases;

/// <summary>Brings a service's schema to the program's version before any service of the process starts.</summary>
public sealed class MigrateAtStart(string schema, Database database, Assembly migrations) : IHostedLifecycleService
{
    public string Schema { get; } = schema;

    public Task StartingAsync(CancellationToken cancellationToken) => Migrations.RunAsync(database, migrations, cancellationToken);

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
