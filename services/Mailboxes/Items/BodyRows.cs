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

    /// <summary>What a summary is sealed with: the body that it is of.</summary>
    public static byte[] SummaryContext(Guid bodyId) => [.. "summary"u8, .. bodyId.ToByteArray(bigEndian: true)];

    public static ValueTask<int> InsertAsync(
        Transaction transaction, Guid bodyId, string location, long size, byte[] summary, long now) =>
        transaction.ExecuteAsync(Insert, bodyId, location, size, summary, now);
}
