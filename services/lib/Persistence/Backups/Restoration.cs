using System.Collections.Concurrent;
using Mailstead.Persistence.Bodies;

namespace Mailstead.Persistence.Backups;

/// <summary>Brings a whole installation back into an empty place: bodies first, then the tables that point to them.</summary>
public static class Restoration
{
    /// <param name="work">A folder for the working copy of the tables, on the medium that they go to.</param>
    /// <exception cref="BackupException">It can't be done; what is said tells why. The place is as it was, or marked as unfinished.</exception>
    public static async Task RunAsync(
        BackupSeries series, BackupManifest backup, IReadOnlyList<BackedUpSchema> schemas, ITableTarget target, ISegmentArchive archive, string work,
        TimeProvider clock, CancellationToken cancellationToken)
    {
        await target.RequireEmptyAsync(schemas, cancellationToken).ConfigureAwait(false);
        using var tables = await RestoredTables.CopyAsync(series, backup, schemas, work, cancellationToken).ConfigureAwait(false);
        tables.Advance(schemas, clock.GetUtcNow());
        await target.BeginAsync(cancellationToken).ConfigureAwait(false);
        await PutBodiesAsync(new BackedUpBodies(series, backup), archive, cancellationToken).ConfigureAwait(false);
        await target.PutAsync(schemas, tables, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// After the tables were taken back in time in their place, by means of their database: makes them safe, and tells which segments
    /// of bodies they need and don't find.
    /// </summary>
    public static async Task<IReadOnlyList<string>> FinishAsync(
        IReadOnlyList<BackedUpSchema> schemas, ITableTarget target, ISegmentArchive archive, TimeProvider clock, CancellationToken cancellationToken)
    {
        var needed = await target.NeededSegmentsAsync(schemas, cancellationToken).ConfigureAwait(false);
        await target.AdvanceAsync(schemas, clock.GetUtcNow(), cancellationToken).ConfigureAwait(false);
        var missing = new ConcurrentBag<string>();
        await Parallel.ForEachAsync(needed, Limits(archive, cancellationToken), async (segment, cancel) =>
        {
            if ((await archive.LengthAsync(segment.Key, cancel).ConfigureAwait(false) ?? 0) < segment.Value)
                missing.Add(segment.Key);
        }).ConfigureAwait(false);
        return [.. missing.Order(StringComparer.Ordinal)];
    }

    private static async Task PutBodiesAsync(BackedUpBodies bodies, ISegmentArchive archive, CancellationToken cancellationToken)
    {
        try
        {
            await Parallel.ForEachAsync(bodies.Segments, Limits(archive, cancellationToken), async (segment, cancel) =>
            {
                await using var content = bodies.Open(segment);
                await archive.WriteAsync(segment, bodies.LengthOf(segment), content, cancel).ConfigureAwait(false);
            }).ConfigureAwait(false);
        }
        catch (IOException failure)
        {
            throw new BackupException($"The bodies can't be written: {failure.Message}", failure);
        }
    }

    private static ParallelOptions Limits(ISegmentArchive archive, CancellationToken cancellationToken) =>
        new() { MaxDegreeOfParallelism = archive.AtOnce, CancellationToken = cancellationToken };
}
