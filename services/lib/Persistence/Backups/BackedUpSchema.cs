using System.Reflection;
using Mailstead.Persistence.Databases;

namespace Mailstead.Persistence.Backups;

/// <summary>What a service tells of its tables to whoever takes them along and brings them back.</summary>
/// <param name="Schema">As in <see cref="DatabaseRegistration"/>.</param>
/// <param name="Migrations">The assembly whose migrations make the tables.</param>
public sealed record BackedUpSchema(string Schema, Assembly Migrations)
{
    /// <summary>Statements that list where the bodies lie that rows need: one column of locations each.</summary>
    public IReadOnlyList<string> BodyLocations { get; init; } = [];

    /// <summary>
    /// Statements that make rows of the past safe in the present: run once when the tables have gone back in time, before anyone
    /// sees them. <c>@now</c> is the time in Unix milliseconds.
    /// </summary>
    public IReadOnlyList<string> AfterRestore { get; init; } = [];

    /// <summary>Refuses tables that this installation could not use, by <see cref="BackupException"/>.</summary>
    public Func<Database, CancellationToken, Task> CheckAsync { get; init; } = (_, _) => Task.CompletedTask;

    /// <summary>Its file in a backup.</summary>
    public string FileName => Schema + ".db";
}
