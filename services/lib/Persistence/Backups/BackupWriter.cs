using Mailstead.Persistence.Bodies;
using Mailstead.Persistence.Databases;

namespace Mailstead.Persistence.Backups;

/// <summary>
/// Takes one backup of a running installation.
/// <list type="number">
/// <item>The collection of bodies is held off first; a body that any row of the snapshot needs is then there until it is copied.</item>
/// <item>The tables are of one instant. Bodies are durable before a row points to them, so that copying them afterwards finds all.</item>
/// <item>There is no backup before its mark, which is written when everything else is durable and the hold has held.</item>
/// </list>
/// </summary>
public sealed class BackupWriter
{
    private static readonly TimeSpan HoldFor = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan RenewEvery = TimeSpan.FromMinutes(1);

    private readonly ISnapshot snapshot;
    private readonly ISegmentArchive archive;
    private readonly IBodyHold hold;
    private readonly TimeProvider clock;

    private BackupWriter(ISnapshot snapshot, ISegmentArchive archive, IBodyHold hold, TimeProvider clock) =>
        (this.snapshot, this.archive, this.hold, this.clock) = (snapshot, archive, hold, clock);

    /// <param name="databases">The folder of SQLite files; unused where tables are in PostgreSQL.</param>
    public static BackupWriter Of(string databases, DatabaseOptions options, ISegmentArchive archive, IBodyHold hold, TimeProvider clock) =>
        new(options.PostgreSql.Length == 0 ? new SqliteSnapshot(databases, clock) : new PostgreSqlSnapshot(options, clock), archive, hold, clock);

    /// <exception cref="BackupException">It could not be done; nothing of it counts.</exception>
    public async Task<BackupManifest> RunAsync(
        BackupSeries series, IReadOnlyList<BackedUpSchema> schemas, string version, CancellationToken cancellationToken)
    {
        using var turn = series.TakeTurn();
        series.RemoveUnfinished();
        var earlier = series.NewestPieces();
        var id = Guid.CreateVersion7(clock.GetUtcNow());
        await hold.TakeAsync(id, clock.GetUtcNow() + HoldFor, cancellationToken).ConfigureAwait(false);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            var renewing = RenewAsync(id, stop);
            var manifest = await CopyAsync(series, schemas, earlier, version, stop.Token).ConfigureAwait(false);
            await stop.CancelAsync().ConfigureAwait(false);
            await renewing.ConfigureAwait(false);
            await RequireHoldAsync(id, cancellationToken).ConfigureAwait(false);
            await series.FinishAsync(manifest, cancellationToken).ConfigureAwait(false);
            await hold.CompleteAsync(id, cancellationToken).ConfigureAwait(false);
            return manifest;
        }
        catch (Exception failure)
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await hold.AbandonAsync(id, CancellationToken.None).ConfigureAwait(false);
            throw failure switch
            {
                OperationCanceledException when !cancellationToken.IsCancellationRequested => HoldLost(),
                IOException or UnauthorizedAccessException => new BackupException("The backup failed: " + failure.Message, failure),
                _ => failure,
            };
        }
    }

    private async Task<BackupManifest> CopyAsync(
        BackupSeries series, IReadOnlyList<BackedUpSchema> schemas, Dictionary<string, List<BodyPiece>> earlier, string version,
        CancellationToken cancellationToken)
    {
        var name = series.Begin(clock.GetUtcNow());
        var folder = series.FolderOf(name);
        var takenAt = await snapshot.TakeAsync(schemas, folder, cancellationToken).ConfigureAwait(false);
        var copies = new BodyCopies(archive, series, name);
        var pieces = await copies.RunAsync(NeededSegments.Read(schemas, folder), earlier, cancellationToken).ConfigureAwait(false);
        await BodyPieces.WriteAsync(Path.Combine(folder, BodyPieces.FileName), pieces, cancellationToken).ConfigureAwait(false);
        var tables = new List<BackupFile>();
        foreach (var schema in schemas)
            tables.Add(await HashedFiles.DescribeAsync(Path.Combine(folder, schema.FileName), cancellationToken).ConfigureAwait(false));
        return new BackupManifest
        {
            Format = BackupManifest.CurrentFormat,
            Name = name,
            Version = version,
            TakenAt = takenAt,
            CompletedAt = clock.GetUtcNow(),
            Engine = snapshot.Engine,
            Tables = tables,
            Bodies = await HashedFiles.DescribeAsync(Path.Combine(folder, BodyPieces.FileName), cancellationToken).ConfigureAwait(false),
            Segments = pieces.DistinctBy(piece => piece.Segment).LongCount(),
            BodyOctets = pieces.Sum(piece => piece.Length),
            NewBodyOctets = copies.NewOctets,
            Lost = copies.Lost,
        };
    }

    /// <summary>Until stopped; stops the copying itself when the hold is lost.</summary>
    private async Task RenewAsync(Guid id, CancellationTokenSource stop)
    {
        using var timer = new PeriodicTimer(RenewEvery, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stop.Token).ConfigureAwait(false))
            {
                if (!await hold.RenewAsync(id, clock.GetUtcNow() + HoldFor, stop.Token).ConfigureAwait(false))
                    await stop.CancelAsync().ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // Copied, or given up.
        }
    }

    private async Task RequireHoldAsync(Guid id, CancellationToken cancellationToken)
    {
        if (!await hold.RenewAsync(id, clock.GetUtcNow() + HoldFor, cancellationToken).ConfigureAwait(false))
            throw HoldLost();
    }

    private static BackupException HoldLost() => new("The backup stood still for so long that bodies may have been collected: take it again");
}
