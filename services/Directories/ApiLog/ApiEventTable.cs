using Google.Protobuf;
using Mailstead.Contracts.CloudTrail.V1;
using Mailstead.Persistence.Databases;
using Mailstead.Persistence.Encryption;

namespace Mailstead.Directories.ApiLog;

/// <summary>Records of calls, under the installation's key: what is asked for names people.</summary>
internal static class ApiEventTable
{
    private static readonly Statement Insert = new(
        "INSERT INTO api_events (event_id, sealed) VALUES (@event_id, @sealed) ON CONFLICT (event_id) DO NOTHING");

    private static readonly Statement Page = new(
        """
        SELECT event_id, sealed
          FROM api_events
         WHERE event_id < @before
           AND event_id >= @from
         ORDER BY event_id DESC
         LIMIT @count
        """);

    private static readonly Statement Forget = new(
        "DELETE FROM api_events WHERE event_id IN (SELECT event_id FROM api_events WHERE event_id < @before ORDER BY event_id LIMIT @count)");

    public static ValueTask<int> InsertAsync(Transaction transaction, DataKey key, Guid id, Event call) =>
        transaction.ExecuteAsync(Insert, id, key.Seal(call.ToByteArray(), Context(id)));

    /// <summary>The newest first.</summary>
    public static ValueTask<List<(Guid Id, Event Call)>> ListAsync(Transaction transaction, DataKey key, Guid before, Guid from, int count) =>
        transaction.ListAsync(
            Page,
            reader =>
            {
                var id = reader.GetId(0);
                return (id, Event.Parser.ParseFrom(key.Open(reader.GetOctets(1), Context(id))));
            },
            before, from, count);

    /// <summary>How many are gone.</summary>
    public static ValueTask<int> ForgetAsync(Transaction transaction, Guid before, int count) => transaction.ExecuteAsync(Forget, before, count);

    /// <summary>The least id of a time.</summary>
    public static Guid BoundOf(DateTimeOffset time)
    {
        Span<byte> octets = stackalloc byte[16];
        octets.Clear();
        var milliseconds = Math.Clamp(time.ToUnixTimeMilliseconds(), 0, (1L << 48) - 1);
        for (var i = 0; i < 6; i++)
            octets[i] = (byte)(milliseconds >> (8 * (5 - i)));
        return new Guid(octets, bigEndian: true);
    }

    private static byte[] Context(Guid id) => DirectoryKeys.Context("api event", id);
}
