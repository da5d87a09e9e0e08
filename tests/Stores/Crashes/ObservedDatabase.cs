using Mailstead.Persistence.Databases;

namespace Mailstead.Stores.Crashes;

/// <summary>A database that stops before and after each commit to have its image taken.</summary>
internal sealed class ObservedDatabase(Database inner, string name, WritePoints points) : Database(inner.Dialect)
{
    public override async Task<T> WriteAsync<T>(
        TenantScope tenants, Func<Transaction, ValueTask<T>> unit, CancellationToken cancellationToken)
    {
        await points.PassAsync($"before a commit of {name}");
        var result = await inner.WriteAsync(tenants, unit, cancellationToken);
        await points.PassAsync($"after a commit of {name}");
        return result;
    }

    public override ValueTask<T> ReadAsync<T>(
        TenantScope tenants, Func<Transaction, ValueTask<T>> query, CancellationToken cancellationToken) =>
        inner.ReadAsync(tenants, query, cancellationToken);

    public override Task PrepareSchemaAsync(CancellationToken cancellationToken) => inner.PrepareSchemaAsync(cancellationToken);

    public override ValueTask DisposeAsync() => inner.DisposeAsync();
}
