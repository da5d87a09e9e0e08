using Mailstead.Persistence.Databases;

namespace Mailstead.Directories.Entities;

/// <summary>One page of a list of entities, those that do not match a filter left out.</summary>
internal sealed record EntityPage<T>(IReadOnlyList<T> Rows, string? NextToken);

/// <summary>Reads pages.</summary>
internal static class EntityPage
{
    /// <summary>Of all entities of a kind.</summary>
    /// <param name="convert">Null: the entity does not match.</param>
    public static Task<EntityPage<T>> ReadAsync<T>(
        Database database, Guid organizationId, EntityKind kind, Guid after, int count,
        Func<Transaction, Entity, ValueTask<T?>> convert, CancellationToken cancellationToken)
        where T : class =>
        ReadAsync(
            database, organizationId, after, count,
            (transaction, from, rows) => EntityTable.ListAsync(transaction, organizationId, kind, from, rows), convert, cancellationToken);

    /// <param name="list">At most so many after an id, in the order of ids.</param>
    /// <param name="convert">Null: the entity does not match.</param>
    public static async Task<EntityPage<T>> ReadAsync<T>(
        Database database, Guid organizationId, Guid after, int count, Func<Transaction, Guid, int, ValueTask<List<Entity>>> list,
        Func<Transaction, Entity, ValueTask<T?>> convert, CancellationToken cancellationToken)
        where T : class
    {
        var rows = new List<T>();
        while (true)
        {
            var from = after;
            var chunk = await database.ReadAsync(
                TenantScope.Of(organizationId),
                transaction => list(transaction, from, count + 1), cancellationToken);
            foreach (var entity in chunk.Take(count))
            {
                if (rows.Count == count)
                    return new EntityPage<T>(rows, PageToken.Write(after));
                after = entity.EntityId;
                if (await database.ReadAsync(
                    TenantScope.Of(organizationId), transaction => convert(transaction, entity), cancellationToken) is { } row)
                    rows.Add(row);
            }

            if (chunk.Count <= count)
                return new EntityPage<T>(rows, null);
            if (rows.Count == count)
                return new EntityPage<T>(rows, PageToken.Write(after));
        }
    }
}
