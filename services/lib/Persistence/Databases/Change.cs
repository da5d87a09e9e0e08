using System.Data.Common;

namespace Mailstead.Persistence.Databases;

/// <summary>A statement that changes rows of a tenant, and is safe to repeat.</summary>
/// <param name="Values">Of its parameters, in order.</param>
/// <param name="Locks">The row that others may want too: changes that share a transaction lock rows in the order of these ids.</param>
/// <param name="Read">What to keep of the first row that it returns; null where it returns none.</param>
public sealed record Change(Statement Statement, object?[] Values, Guid Locks, Func<DbDataReader, object?>? Read = null)
{
    internal async ValueTask<object?> ApplyAsync(Transaction transaction)
    {
        if (Read is not null)
            return await transaction.FindAsync(Statement, Read, Values).ConfigureAwait(false);
        await transaction.ExecuteAsync(Statement, Values).ConfigureAwait(false);
        return null;
    }
}
