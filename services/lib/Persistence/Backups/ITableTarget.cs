namespace Mailstead.Persistence.Backups;

/// <summary>Where restored tables go. Nothing is overwritten.</summary>
public interface ITableTarget
{
    /// <exception cref="BackupException">There is something there.</exception>
    Task RequireEmptyAsync(IReadOnlyList<BackedUpSchema> schemas, CancellationToken cancellationToken);

    /// <summary>From here on until <see cref="PutAsync"/> has returned nobody takes it for an installation.</summary>
    Task BeginAsync(CancellationToken cancellationToken);

    /// <summary>All tables, or none.</summary>
    Task PutAsync(IReadOnlyList<BackedUpSchema> schemas, RestoredTables tables, CancellationToken cancellationToken);

    /// <summary>Makes tables safe that something else has taken back in time, in their place.</summary>
    Task AdvanceAsync(IReadOnlyList<BackedUpSchema> schemas, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>Where the bodies lie that rows need, of the tables in their place.</summary>
    Task<IReadOnlyDictionary<string, long>> NeededSegmentsAsync(IReadOnlyList<BackedUpSchema> schemas, CancellationToken cancellationToken);
}
