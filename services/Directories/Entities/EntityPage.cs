using Mailstead.Persistence.Databases;

namespace Mailstead.Directories.Entities;

/// <summary>One page of a list of entities, those that do not match a filter left out.</summary>
internal sealed record EntityPage<T>(IReadOnlyList<T> Rows, string? NextToken);

/// <summary>Reads pages.</summary>
internal static class EntityPage
{
    /// <param name="convert">Null: the entity does not match.</param>
    public static async Task<EntityPage<T>> ReadAsync<T>(
        Database database, Guid organizationId, EntityKind kind, Guid after, int count,
        Func<Transaction, Entity, ValueTask<T?>> convert, CancellationToken cancellationToken)
        where T : class
    {
        var rows = new List<T>();
        while (true)
        {
            var from = after;
            var chunk = await database.ReadAsync(
                TenantScope.Of(organizationId),
                transaction => EntityTable.ListAsync(transaction, organizationId, kind, from, count + 1), cancellationToken);
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
