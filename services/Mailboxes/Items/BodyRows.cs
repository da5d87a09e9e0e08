using Mailstead.Persistence.Databases;

namespace Mailstead.Mailboxes.Items;

/// <summary>The row that tells where a body lies; written with the first item that points to it.</summary>
internal static class BodyRows
{
    private static readonly Statement Insert = new(
        """
        INSERT INTO bodies (body_id, location, size, summary, created_at)
        VALUES (@body_id, @location, @size, @summary, @created_at)
        ON CONFLICT (body_id) DO NOTHING
        """);

    private static readonly Statement Replace = new(
        """
        INSERT INTO bodies (body_id, location, size, summary, created_at)
        VALUES (@body_id, @location, @size, @summary, @created_at)
        ON CONFLICT (body_id) DO UPDATE SET location = excluded.location
        """);

    /// <summary>What a summary is sealed with: the body that it is of.</summary>
    public static byte[] SummaryContext(Guid bodyId) => [.. "summary"u8, .. bodyId.ToByteArray(bigEndian: true)];

    /// <summary>A body that was stored again: where it lay before may be about to be collected.</summary>
    public static ValueTask<int> ReplaceAsync(
        Transaction transaction, Guid bodyId, string location, long size, byte[] summary, long now) =>
        transaction.ExecuteAsync(Replace, bodyId, location, size, summary, now);

    public static Change Inserted(Guid bodyId, string location, long size, byte[] summary, long now) =>
        new(Insert, [bodyId, location, size, summary, now], bodyId);

    public static ValueTask<int> InsertAsync(
        Transaction transaction, Guid bodyId, string location, long size, byte[] summary, long now) =>
        transaction.ExecuteAsync(Insert, bodyId, location, size, summary, now);
}
