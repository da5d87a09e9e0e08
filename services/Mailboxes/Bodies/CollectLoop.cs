using Google.Protobuf;
using Mailstead.Contracts.Delivery.V1;
using Mailstead.Persistence.Bodies;
using Mailstead.Persistence.Databases;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Mailstead.Mailboxes.Bodies;

/// <summary>
/// Frees the space of bodies that nothing refers to. Rows are the truth: a segment is deleted when no item and no message on its
/// way refers to any of its bodies; one that is mostly dead is emptied by copying what lives, still encrypted, and deleted a round
/// later: whoever has just read where a body lies finds it there.
/// </summary>
internal sealed partial class CollectLoop(
    [FromKeyedServices("mailboxes")] Database database, IBodyStore bodies, DeliveryApi.DeliveryApiClient delivery,
    DeadSegments dying, MailboxesOptions options, TimeProvider clock, ILogger<CollectLoop> logger) : BackgroundService
{
    private const int BodiesPerQuestion = 10_000;
    private const double LivingShareMax = 0.5;

    private static readonly Statement PlaceOfLiving = Statement.AcrossTenants(
        """
        SELECT location
          FROM bodies
         WHERE body_id = @body_id
           AND EXISTS (SELECT 1 FROM items WHERE items.body_id = bodies.body_id)
        """);

    private static readonly Statement Move = new(
        """
        UPDATE bodies
           SET location = @location
         WHERE body_id = @body_id
        """);
    public async Task CollectAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var before = now - options.CollectAfter;
        var dead = await dying.ReadAsync(cancellationToken);
        await foreach (var segment in bodies.ListClosedSegmentsAsync(cancellationToken))
        {
            // What has died too lately for an end of its window need not be looked at: it stays dead.
            if (segment.LastWrittenAt < before && !(dead.TryGetValue(segment.Name, out var since) && now - since < options.RestoreWindow))
                await CollectAsync(segment, cancellationToken);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.CollectInterval, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await CollectAsync(stoppingToken);
            }
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                // Garbage waits: the next round tries again.
                LogFailed(failure);
            }
        }
    }

    private async Task CollectAsync(BodySegment segment, CancellationToken cancellationToken)
    {
        var all = await bodies.ListBodiesAsync(segment.Name, cancellationToken);
        if (await IsOnItsWayAsync(all, cancellationToken))
            return;
        var living = await LivingAsync(all, cancellationToken);
        if (living.Count > all.Count * LivingShareMax)
            return;
        foreach (var body in living)
            await MoveAsync(body, cancellationToken);
        if (living.Count > 0)
        {
            LogMoved(segment.Name, living.Count);
            return;
        }

        if (!await dying.GiveUpAsync(segment.Name, all, cancellationToken))
            return;
        await bodies.DeleteSegmentAsync(segment.Name, cancellationToken);
        LogCollected(segment.Name, all.Count);
    }

    private async Task<bool> IsOnItsWayAsync(IReadOnlyList<StoredBody> all, CancellationToken cancellationToken)
    {
        foreach (var chunk in all.Chunk(BodiesPerQuestion))
        {
            var question = new FindReferencedBodiesRequest();
            foreach (var body in chunk)
                question.BodyIds.Add(ByteString.CopyFrom(body.BodyId.ToByteArray(bigEndian: true)));
            var answer = await delivery.FindReferencedBodiesAsync(question, cancellationToken: cancellationToken);
            if (answer.BodyIds.Count > 0)
                return true;
        }

        return false;
    }

    private async Task<List<StoredBody>> LivingAsync(IReadOnlyList<StoredBody> all, CancellationToken cancellationToken)
    {
        var living = new List<StoredBody>();
        foreach (var body in all)
        {
            var place = await database.ReadAsync(
                TenantScope.None,
                transaction => transaction.FindAsync(PlaceOfLiving, reader => reader.GetString(0), body.BodyId), cancellationToken);
            // Elsewhere: this is the copy that an earlier round moved, or that a crash kept from being one.
            if (place == body.Location)
                living.Add(body);
        }

        return living;
    }

    private async Task MoveAsync(StoredBody body, CancellationToken cancellationToken)
    {
        var moved = await bodies.CopyAsync(body, cancellationToken);
        await database.WriteAsync(
            TenantScope.None, transaction => transaction.ExecuteAsync(Move, moved.Location, body.BodyId), cancellationToken);
    }

    [LoggerMessage(LogLevel.Information, "Segment {Segment} is mostly dead: {Living} bodies have moved")]
    private partial void LogMoved(string segment, int living);

    [LoggerMessage(LogLevel.Information, "Segment {Segment} is collected: {Dead} bodies dropped")]
    private partial void LogCollected(string segment, int dead);

    [LoggerMessage(LogLevel.Error, "Collecting dead bodies failed")]
    private partial void LogFailed(Exception failure);
}
