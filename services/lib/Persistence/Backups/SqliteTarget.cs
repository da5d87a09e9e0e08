namespace Mailstead.Persistence.Backups;

/// <summary>The files of a data directory. A mark in it tells that a restore has begun and not ended: the program does not start on it.</summary>
public sealed class SqliteTarget(string dataDirectory, string databases, string bodies) : ITableTarget
{
    public const string Mark = "restoring";

    private readonly string mark = Path.Combine(dataDirectory, Mark);

    public Task RequireEmptyAsync(IReadOnlyList<BackedUpSchema> schemas, CancellationToken cancellationToken)
    {
        // What an earlier attempt has left is made anew: the program has never run on it.
        if (File.Exists(mark))
            return Task.CompletedTask;
        var found = Directory.EnumerateFiles(databases).Concat(Directory.EnumerateFiles(bodies)).FirstOrDefault();
        return found is null
            ? Task.CompletedTask
            : throw new BackupException($"{dataDirectory} is not empty ({found} is there): restore into another folder, or move databases and bodies away first");
    }

    public async Task BeginAsync(CancellationToken cancellationToken)
    {
        await File.WriteAllTextAsync(mark, "A restore into this folder has begun and not ended.\n", cancellationToken).ConfigureAwait(false);
        DurableFolder.Sync(dataDirectory);
        foreach (var left in Directory.EnumerateFiles(databases).Concat(Directory.EnumerateFiles(bodies)))
            File.Delete(left);
    }

    public Task PutAsync(IReadOnlyList<BackedUpSchema> schemas, RestoredTables tables, CancellationToken cancellationToken)
    {
        foreach (var schema in schemas)
        {
            using (var file = new FileStream(tables.PathOf(schema), FileMode.Open, FileAccess.ReadWrite))
                file.Flush(flushToDisk: true);
            File.Move(tables.PathOf(schema), Path.Combine(databases, schema.FileName));
        }

        DurableFolder.Sync(databases);
        File.Delete(mark);
        DurableFolder.Sync(dataDirectory);
        return Task.CompletedTask;
    }

    public Task AdvanceAsync(IReadOnlyList<BackedUpSchema> schemas, DateTimeOffset now, CancellationToken cancellationToken)
    {
        Require(schemas);
        foreach (var schema in schemas)
            RestoredTables.Advance(Path.Combine(databases, schema.FileName), schema, now);
        return Task.CompletedTask;
    }

    public Task<IReadOnlyDictionary<string, long>> NeededSegmentsAsync(IReadOnlyList<BackedUpSchema> schemas, CancellationToken cancellationToken)
    {
        Require(schemas);
        return Task.FromResult<IReadOnlyDictionary<string, long>>(NeededSegments.Read(schemas, databases));
    }

    private void Require(IReadOnlyList<BackedUpSchema> schemas)
    {
        if (schemas.Select(schema => Path.Combine(databases, schema.FileName)).FirstOrDefault(path => !File.Exists(path)) is { } missing)
            throw new BackupException($"There is no {missing}: --data must name the folder of an installation");
    }
}
