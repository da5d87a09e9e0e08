using System.Data.Common;
using Google.Protobuf;
using Mailstead.Contracts.Delivery.V1;
using Mailstead.Delivery.Spool;
using Mailstead.Persistence.Bodies;
using Mailstead.Persistence.Databases;
using Mailstead.Persistence.Encryption;

namespace Mailstead.Delivery.MessageFlow;

/// <summary>A message that functions may read, as it is stored.</summary>
/// <param name="IsHeld">A function is being asked about it, and may replace it.</param>
internal sealed record TransitRow(
    Guid OrganizationId, Guid MessageId, Direction Direction, StoredBody Body, byte[] SealedKey, byte[] SealedTrace, byte[]? SealedFacts, byte[]? SealedSummary,
    bool IsHeld)
{
    public byte[] OpenTrace(MessageKey key) => key.Open(SealedTrace, TransitTable.TraceContext(Body.BodyId));
}

/// <summary>The statements of messages that functions may read.</summary>
internal static class TransitTable
{
    private const string Columns =
        "organization_id, message_id, direction, body_id, body_location, body_size, sealed_key, sealed_trace, sealed_facts, sealed_summary, is_held";

    private static readonly Statement Insert = new(
        """
        INSERT INTO transit (organization_id, message_id, direction, body_id, body_location, body_size, sealed_key, sealed_trace, is_held, expires_at)
        VALUES (@organization_id, @message_id, @direction, @body_id, @body_location, @body_size, @sealed_key, @sealed_trace, @is_held, @expires_at)
        ON CONFLICT (organization_id, message_id) DO UPDATE SET is_held = excluded.is_held
        """);

    private static readonly Statement FindOne = new(
        $"SELECT {Columns} FROM transit WHERE organization_id = @organization_id AND message_id = @message_id");

    private static readonly Statement FindAnywhere = Statement.AcrossTenants(
        $"SELECT {Columns} FROM transit WHERE message_id = @message_id AND expires_at > @now");

    private static readonly Statement ReplaceHeld = new(
        """
        UPDATE transit
           SET body_id = @body_id, body_location = @body_location, body_size = @body_size, sealed_key = @sealed_key, sealed_trace = @sealed_trace,
               sealed_facts = @sealed_facts, sealed_summary = @sealed_summary
         WHERE organization_id = @organization_id
           AND message_id = @message_id
           AND is_held = 1
        """);

    private static readonly Statement Release = new(
        "UPDATE transit SET is_held = 0 WHERE organization_id = @organization_id AND message_id = @message_id");

    private static readonly Statement Expire = Statement.AcrossTenants("DELETE FROM transit WHERE expires_at <= @now");

    public static byte[] TraceContext(Guid bodyId) => [.. "trace"u8, .. bodyId.ToByteArray(bigEndian: true)];

    public static byte[] FactsContext(Guid bodyId) => [.. "facts"u8, .. bodyId.ToByteArray(bigEndian: true)];

    /// <summary>From now on functions may read it; what one of them has made of it stays.</summary>
    public static ValueTask<int> InsertAsync(Transaction transaction, SpooledMessage message, bool isHeld, DateTimeOffset expiresAt) => transaction.ExecuteAsync(
        Insert, message.OrganizationId, message.MessageId, (int)message.Envelope.Direction, message.Body.BodyId, message.Body.Location, message.Body.Size,
        message.SealedKey, message.Key.Seal(message.Content.Trace.ToByteArray(), TraceContext(message.Body.BodyId)), isHeld ? 1 : 0,
        expiresAt.ToUnixTimeMilliseconds());

    public static ValueTask<TransitRow?> FindAsync(Transaction transaction, Guid organizationId, Guid messageId) =>
        transaction.FindAsync(FindOne, Read, organizationId, messageId);

    public static ValueTask<TransitRow?> FindAnywhereAsync(Transaction transaction, Guid messageId, DateTimeOffset now) =>
        transaction.FindAsync(FindAnywhere, Read, messageId, now.ToUnixTimeMilliseconds());

    /// <summary>False: no function is being asked about it any more.</summary>
    /// <param name="replacement">Its facts are what was found out about its content.</param>
    public static async ValueTask<bool> ReplaceAsync(Transaction transaction, SpooledMessage replacement, byte[] trace)
    {
        var bodyId = replacement.Body.BodyId;
        return await transaction.ExecuteAsync(
            ReplaceHeld, bodyId, replacement.Body.Location, replacement.Body.Size, replacement.SealedKey, replacement.Key.Seal(trace, TraceContext(bodyId)),
            replacement.Key.Seal(replacement.Content.ToByteArray(), FactsContext(bodyId)), replacement.SealedSummary, replacement.OrganizationId,
            replacement.MessageId) == 1;
    }

    public static ValueTask<int> ReleaseAsync(Transaction transaction, Guid organizationId, Guid messageId) =>
        transaction.ExecuteAsync(Release, organizationId, messageId);

    public static ValueTask<int> ExpireAsync(Transaction transaction, DateTimeOffset now) => transaction.ExecuteAsync(Expire, now.ToUnixTimeMilliseconds());

    private static TransitRow Read(DbDataReader reader) => new(
        reader.GetId(0), reader.GetId(1), (Direction)reader.GetInt32(2), new StoredBody(reader.GetId(3), reader.GetString(4), reader.GetInt64(5)),
        reader.GetOctets(6), reader.GetOctets(7), reader.IsDBNull(8) ? null : reader.GetOctets(8), reader.IsDBNull(9) ? null : reader.GetOctets(9),
        reader.GetInt32(10) == 1);
}
