namespace Mailstead.Persistence.Backups;

/// <summary>
/// Keeps the bodies that a backup is copying from being collected, and remembers when a backup was last complete. Whoever owns the
/// collection of bodies implements it; it holds between processes, and ends by itself when the holder dies.
/// </summary>
public interface IBodyHold
{
    /// <summary>From its return until <paramref name="until"/> no segment is deleted.</summary>
    Task TakeAsync(Guid backupId, DateTimeOffset until, CancellationToken cancellationToken);

    /// <summary>False: it had ended, and segments may be gone.</summary>
    Task<bool> RenewAsync(Guid backupId, DateTimeOffset until, CancellationToken cancellationToken);

    /// <summary>The backup is complete: nothing is held any more, and its age is told from now on.</summary>
    Task CompleteAsync(Guid backupId, CancellationToken cancellationToken);

    /// <summary>There will be no backup: nothing is held any more.</summary>
    Task AbandonAsync(Guid backupId, CancellationToken cancellationToken);
}
