using System.Text.Json;

namespace Mailstead.Persistence.Backups;

/// <summary>What a backup says of itself.</summary>
public sealed record BackupManifest
{
    /// <summary>What this program writes. A lower one it reads, a higher one it refuses.</summary>
    public const int CurrentFormat = 1;

    public static readonly JsonSerializerOptions Json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    public required int Format { get; init; }

    /// <summary>Also the name of its folder.</summary>
    public required string Name { get; init; }

    /// <summary>The version of the program that made it.</summary>
    public required string Version { get; init; }

    /// <summary>The instant that all tables are of.</summary>
    public required DateTimeOffset TakenAt { get; init; }

    public required DateTimeOffset CompletedAt { get; init; }

    /// <summary>Where the tables came from: <c>sqlite</c> or <c>postgresql</c>. In the backup they are SQLite files in any case.</summary>
    public required string Engine { get; init; }

    /// <summary>The files of tables.</summary>
    public required IReadOnlyList<BackupFile> Tables { get; init; }

    /// <summary>The list of the pieces of bodies: <see cref="BodyPieces"/>.</summary>
    public required BackupFile Bodies { get; init; }

    public required long Segments { get; init; }

    /// <summary>Octets of bodies in all, and those of them that this backup was the first to copy.</summary>
    public required long BodyOctets { get; init; }

    public required long NewBodyOctets { get; init; }

    /// <summary>Segments that rows name and the installation itself did not have any more.</summary>
    public required IReadOnlyList<string> Lost { get; init; }
}

/// <summary>A file of a backup and what it must be like.</summary>
/// <param name="Name">Relative to the backup's folder.</param>
public sealed record BackupFile(string Name, long Length, string Sha256);
