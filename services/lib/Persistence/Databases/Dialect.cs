namespace Mailstead.Persistence.Databases;

/// <summary>The few words in which the two databases differ.</summary>
public sealed record Dialect
{
    public static readonly Dialect Sqlite = new() { Name = "sqlite", SkipLocked = "", HasOneWriter = true, ChangesInQueries = false };

    public static readonly Dialect PostgreSql = new() { Name = "postgresql", SkipLocked = "FOR UPDATE SKIP LOCKED", HasOneWriter = false, ChangesInQueries = true };

    /// <summary>As in the names of migrations that exist for one dialect alone: <c>0002_x.sqlite.sql</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Ends a subquery that claims rows: claimers pass over each other's rows. SQLite has one writer and needs none.</summary>
    public required string SkipLocked { get; init; }

    /// <summary>Units of work happen one after the other: what one has read is still so when it writes.</summary>
    public required bool HasOneWriter { get; init; }

    /// <summary>
    /// A query can change rows and go on with what it has changed (<c>WITH … AS (UPDATE … RETURNING …)</c>), so that what takes several
    /// statements, which are cheap in this process, is one where each is a round trip.
    /// </summary>
    public required bool ChangesInQueries { get; init; }
}
