using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;

namespace Mailstead.Persistence.Backups;

/// <summary>
/// A folder of backups, which share the pieces of bodies:
/// <code>
/// lock
/// bodies/SEGMENT.OFFSET.BACKUP    a range of a segment, first copied by that backup
/// BACKUP/SCHEMA.db                the tables of a service
/// BACKUP/bodies.tsv               the pieces that this backup needs
/// BACKUP/manifest.json            what it says of itself
/// BACKUP/complete                 the SHA-256 of the manifest, written last: without it there is no backup
/// </code>
/// </summary>
public sealed class BackupSeries
{
    private const string NameFormat = "yyyyMMdd'T'HHmmssfff'Z'";
    private const string Manifest = "manifest.json";
    private const string Complete = "complete";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly string folder;

    private BackupSeries(string folder) => this.folder = folder;

    internal string Bodies => Path.Combine(folder, "bodies");

    /// <summary>A series to read from.</summary>
    /// <exception cref="BackupException">There is none.</exception>
    public static BackupSeries Open(string folder) =>
        Directory.Exists(Path.Combine(folder, "bodies"))
            ? new BackupSeries(Path.GetFullPath(folder))
            : throw new BackupException($"There are no backups in {folder}");

    /// <summary>A series to add to, made when absent.</summary>
    /// <exception cref="BackupException">The folder can't be made, or is for something else.</exception>
    public static BackupSeries OpenOrCreate(string folder)
    {
        var series = new BackupSeries(Path.GetFullPath(folder));
        try
        {
            if (!Directory.Exists(series.Bodies) && Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any(IsForeign))
                throw new BackupException($"{folder} is neither empty nor a series of backups: name a folder of its own");
            Directory.CreateDirectory(series.Bodies, OwnerOnly);
            return series;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new BackupException($"Backups can't be written to {folder}: {refused.Message}", refused);
        }
    }

    /// <summary>Nobody else writes to the series or removes from it until disposed. It ends with the process, however that ends.</summary>
    /// <exception cref="BackupException">Somebody else does.</exception>
    public IDisposable TakeTurn()
    {
        try
        {
            return new FileStream(Path.Combine(folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            throw new BackupException($"Another backup, or the removal of old ones, is at work in {folder}: wait until it has ended");
        }
    }

    /// <summary>The names of complete backups, the oldest first.</summary>
    public IReadOnlyList<string> Names() => [.. Folders().Where(IsComplete)];

    /// <summary>Folders of backups that never became complete.</summary>
    public IReadOnlyList<string> Unfinished() => [.. Folders().Where(name => !IsComplete(name))];

    /// <summary>The newest complete backup, or the newest that was taken at <paramref name="at"/> or before.</summary>
    /// <exception cref="BackupException">There is none; its manifest is damaged; it is of a later program.</exception>
    public BackupManifest Find(DateTimeOffset? at)
    {
        foreach (var name in Names().Reverse())
        {
            // A backup is taken after it was named.
            if (TimeOf(name) > at)
                continue;
            var manifest = Read(name);
            if (at is null || Milliseconds(manifest.TakenAt) <= Milliseconds(at.Value))
                return manifest;
        }

        throw new BackupException(at is null ? $"There is no complete backup in {folder}" : $"There is no complete backup of {at:u} or before in {folder}");
    }

    /// <exception cref="BackupException">It is damaged, or of a later program.</exception>
    public BackupManifest Read(string name)
    {
        try
        {
            var octets = File.ReadAllBytes(Path.Combine(FolderOf(name), Manifest));
            var expected = File.ReadAllText(Path.Combine(FolderOf(name), Complete));
            if (Convert.ToHexStringLower(SHA256.HashData(octets)) != expected)
                throw new BackupException($"The manifest of backup {name} is damaged: use another backup (--at)");
            var manifest = JsonSerializer.Deserialize<BackupManifest>(octets, BackupManifest.Json)!;
            return manifest.Format <= BackupManifest.CurrentFormat
                ? manifest
                : throw new BackupException($"Backup {name} was made by version {manifest.Version} in a later format: use that version or a later one");
        }
        catch (Exception failure) when (failure is IOException or JsonException)
        {
            throw new BackupException($"The manifest of backup {name} is damaged: use another backup (--at): {failure.Message}", failure);
        }
    }

    /// <summary>What the next backup need not copy: the pieces of the newest one that can be read.</summary>
    internal Dictionary<string, List<BodyPiece>> NewestPieces()
    {
        foreach (var name in Names().Reverse())
        {
            try
            {
                return PiecesOf(Read(name));
            }
            catch (Exception damaged) when (damaged is BackupException or IOException)
            {
                // Not for this one to tell: it copies more, and verifying says what is wrong with that one.
            }
        }

        return [];
    }

    public string FolderOf(string name) => Path.Combine(folder, name);

    /// <exception cref="BackupException">The list is damaged.</exception>
    internal Dictionary<string, List<BodyPiece>> PiecesOf(BackupManifest backup)
    {
        var list = Path.Combine(FolderOf(backup.Name), BodyPieces.FileName);
        if (!File.Exists(list) || HashedFiles.Hash(list) != backup.Bodies.Sha256)
            throw new BackupException($"{list} is damaged: use another backup (--at)");
        return BodyPieces.Read(list);
    }

    /// <summary>The name of a new backup, whose folder is made.</summary>
    internal string Begin(DateTimeOffset now)
    {
        // Names are in the order of time, also when a clock was put back.
        var last = Folders().LastOrDefault();
        var name = Name(now);
        if (last is not null && string.CompareOrdinal(name, last) <= 0)
            name = Name(TimeOf(last).AddMilliseconds(1));
        Directory.CreateDirectory(FolderOf(name), OwnerOnly);
        return name;
    }

    /// <summary>From here on there is this backup.</summary>
    internal async Task FinishAsync(BackupManifest manifest, CancellationToken cancellationToken)
    {
        var path = FolderOf(manifest.Name);
        await File.WriteAllBytesAsync(
            Path.Combine(path, Manifest), JsonSerializer.SerializeToUtf8Bytes(manifest, BackupManifest.Json), cancellationToken).ConfigureAwait(false);
        var described = await HashedFiles.DescribeAsync(Path.Combine(path, Manifest), cancellationToken).ConfigureAwait(false);
        DurableFolder.Sync(Bodies);
        DurableFolder.Sync(path);
        var mark = Path.Combine(path, Complete);
        await File.WriteAllTextAsync(mark + ".new", described.Sha256, cancellationToken).ConfigureAwait(false);
        await HashedFiles.DescribeAsync(mark + ".new", cancellationToken).ConfigureAwait(false);
        File.Move(mark + ".new", mark);
        DurableFolder.Sync(path);
        DurableFolder.Sync(folder);
    }

    /// <summary>Removes a backup; pieces that others need stay. It stops being one before anything of it is gone.</summary>
    internal void Remove(string name)
    {
        File.Delete(Path.Combine(FolderOf(name), Complete));
        DurableFolder.Sync(FolderOf(name));
        Directory.Delete(FolderOf(name), recursive: true);
    }

    /// <summary>Removes what backups that were interrupted have left.</summary>
    internal void RemoveUnfinished()
    {
        foreach (var name in Unfinished())
        {
            foreach (var piece in Directory.EnumerateFiles(Bodies, "*." + name))
                File.Delete(piece);
            Directory.Delete(FolderOf(name), recursive: true);
        }
    }

    private static long Milliseconds(DateTimeOffset time) => time.ToUnixTimeMilliseconds();

    private static string Name(DateTimeOffset time) => time.UtcDateTime.ToString(NameFormat, CultureInfo.InvariantCulture);

    private static DateTimeOffset TimeOf(string name) =>
        new(DateTime.ParseExact(name, NameFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal));

    private static bool IsForeign(string path) => Path.GetFileName(path) is not ("lock" or "lost+found");

    private bool IsComplete(string name) => File.Exists(Path.Combine(FolderOf(name), Complete));

    private IEnumerable<string> Folders() => Directory.EnumerateDirectories(folder)
        .Select(path => Path.GetFileName(path))
        .Where(name => DateTime.TryParseExact(name, NameFormat, CultureInfo.InvariantCulture, DateTimeStyles.None, out _))
        .Order(StringComparer.Ordinal);
}
