namespace Mailstead.Persistence.Backups;

/// <summary>Copies the tables of all services, as they are at one instant, into SQLite files.</summary>
internal interface ISnapshot
{
    /// <summary>Where the tables are: <c>sqlite</c> or <c>postgresql</c>.</summary>
    string Engine { get; }

    /// <summary>Leaves <see cref="BackedUpSchema.FileName"/> of each schema in <paramref name="folder"/>; the instant that they are of.</summary>
    /// <exception cref="BackupException">There are no such tables, or they are of another version.</exception>
    Task<DateTimeOffset> TakeAsync(IReadOnlyList<BackedUpSchema> schemas, string folder, CancellationToken cancellationToken);
}
