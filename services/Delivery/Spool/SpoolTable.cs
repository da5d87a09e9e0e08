using System.Data.Common;
using Google.Protobuf;
using Mailstead.Contracts.Delivery.V1;
using Mailstead.Persistence.Bodies;
using Mailstead.Persistence.Databases;
using Mailstead.Persistence.Encryption;

namespace Mailstead.Delivery.Spool;

/// <summary>A spool row as it is stored.</summary>
internal sealed record SpoolRow(
    Guid OrganizationId, Guid MessageId, StoredBody Body, byte[] SealedKey, byte[] SealedEnvelope, byte[] SealedSummary, int Attempts,
    long ReceivedAt, long ExpiresAt)
{
    public SpooledMessage Open(DataKey transport)
    {
        var key = TransportKeys.OpenKey(transport, Body.BodyId, SealedKey);
        try
        {
            return new SpooledMessage
            {
                OrganizationId = OrganizationId,
                MessageId = MessageId,
                Body = Body,
                Key = key,
                SealedKey = SealedKey,
                SealedSummary = SealedSummary,
                Content = SpooledEnvelope.Parser.ParseFrom(key.Open(SealedEnvelope, SpooledMessage.EnvelopeContext(Body.BodyId))),
                Attempts = Attempts,
                ReceivedAt = DateTimeOffset.FromUnixTimeMilliseconds(ReceivedAt),
                ExpiresAt = DateTimeOffset.FromUnixTimeMilliseconds(ExpiresAt),
            };
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }
}

/// <summary>The statements of the spool.</summary>
internal sealed class SpoolTable(Dialect dialect)
{
    private const string Columns =
        "organization_id, message_id, body_id, body_location, body_size, sealed_key, sealed_envelope, sealed_summary, attempts, "
        + "received_at, expires_at";

    private static readonly Statement Insert = new(
        """
        INSERT INTO spool (organization_id, message_id, direction, body_id, body_location, body_size, sealed_key, sealed_envelope,
                           sealed_summary, attempts, next_attempt_at, expires_at, lease_owner, lease_until, received_at)
        VALUES (@organization_id, @message_id, @direction, @body_id, @body_location, @body_size, @sealed_key, @sealed_envelope,
                @sealed_summary, 0, @received_at, @expires_at, @lease_owner, @lease_until, @received_at)
        ON CONFLICT (organization_id, message_id) DO NOTHING
        """);

    private static readonly Statement Delete = new(
        "DELETE FROM spool WHERE organization_id = @organization_id AND message_id = @message_id");

    private static readonly Statement Defer = new(
        """
        UPDATE spool
           SET sealed_envelope = @sealed_envelope, attempts = attempts + 1, next_attempt_at = @next_attempt_at, lease_owner = NULL,
               lease_until = 0
         WHERE organization_id = @organization_id
           AND message_id = @message_id
        """);

    private static readonly Statement Postpone = new(
        """
        UPDATE spool
           SET attempts = attempts + 1, next_attempt_at = @next_attempt_at, lease_owner = NULL, lease_until = 0
         WHERE organization_id = @organization_id
           AND message_id = @message_id
           AND lease_owner = @lease_owner
        """);

    private static readonly Statement Release = new(
        """
        UPDATE spool
           SET lease_owner = NULL, lease_until = 0
         WHERE organization_id = @organization_id
           AND message_id = @message_id
           AND lease_owner = @lease_owner
        """);

    private static readonly Statement Continue = new(
        """
        UPDATE spool
           SET body_id = @body_id, body_location = @body_location, body_size = @body_size, sealed_key = @sealed_key,
               sealed_envelope = @sealed_envelope, sealed_summary = @sealed_summary, next_attempt_at = @next_attempt_at,
               lease_owner = NULL, lease_until = 0
         WHERE organization_id = @organization_id
           AND message_id = @message_id
           AND lease_owner = @lease_owner
        """);

    private static readonly Statement Referenced = Statement.AcrossTenants(
        """
        SELECT 1 FROM spool WHERE body_id = @body_id
        UNION ALL
        SELECT 1 FROM outbound WHERE body_id = @body_id
        UNION ALL
        SELECT 1 FROM transit WHERE body_id = @body_id
        """);

    private readonly Statement claim = Statement.AcrossTenants(
        $"""
        UPDATE spool
           SET lease_owner = @lease_owner, lease_until = @lease_until
         WHERE message_id IN (
               SELECT message_id
                 FROM spool
                WHERE next_attempt_at <= @now
                  AND lease_until <= @now
                ORDER BY next_attempt_at
                LIMIT @count
                {dialect.SkipLocked})
        RETURNING {Columns}
        """);

    /// <summary>False: it is there already (a hand-over that was repeated).</summary>
    public static async ValueTask<bool> InsertAsync(Transaction transaction, SpooledMessage message, Guid owner, DateTimeOffset leaseUntil) =>
        await transaction.ExecuteAsync(Insert, Row(message, SealEnvelope(message), owner, leaseUntil)) == 1;

    public static Change Inserted(SpooledMessage message, Guid owner, DateTimeOffset leaseUntil) =>
        new(Insert, Row(message, SealEnvelope(message), owner, leaseUntil), message.MessageId);

    public static Change Deleted(Guid organizationId, Guid messageId) => new(Delete, [organizationId, messageId], messageId);

    private static byte[] SealEnvelope(SpooledMessage message) =>
        message.Key.Seal(message.Content.ToByteArray(), SpooledMessage.EnvelopeContext(message.Body.BodyId));

    private static object?[] Row(SpooledMessage message, byte[] sealedEnvelope, Guid owner, DateTimeOffset leaseUntil) =>
    [
        message.OrganizationId, message.MessageId, (int)message.Envelope.Direction, message.Body.BodyId, message.Body.Location,
        message.Body.Size, message.SealedKey, sealedEnvelope, message.SealedSummary, message.ReceivedAt.ToUnixTimeMilliseconds(),
        message.ExpiresAt.ToUnixTimeMilliseconds(), owner, leaseUntil.ToUnixTimeMilliseconds(),
    ];

    public static ValueTask<int> DeleteAsync(Transaction transaction, Guid organizationId, Guid messageId) =>
        transaction.ExecuteAsync(Delete, organizationId, messageId);

    /// <summary>Only what is not finished is kept.</summary>
    public static ValueTask<int> DeferAsync(Transaction transaction, SpooledMessage message, SpooledEnvelope rest, DateTimeOffset next) =>
        transaction.ExecuteAsync(
            Defer, message.Key.Seal(rest.ToByteArray(), SpooledMessage.EnvelopeContext(message.Body.BodyId)),
            next.ToUnixTimeMilliseconds(), message.OrganizationId, message.MessageId);

    /// <summary>It goes on as it is now, its body included, unless another process has it in hand. 1: it does.</summary>
    public static ValueTask<int> ContinueAsync(Transaction transaction, SpooledMessage message, Guid owner, DateTimeOffset next) =>
        transaction.ExecuteAsync(
            Continue, message.Body.BodyId, message.Body.Location, message.Body.Size, message.SealedKey,
            SealEnvelope(message), message.SealedSummary,
            next.ToUnixTimeMilliseconds(), message.OrganizationId, message.MessageId, owner);

    /// <summary>Nothing could be done with it; all of it is kept.</summary>
    public static ValueTask<int> PostponeAsync(
        Transaction transaction, Guid organizationId, Guid messageId, Guid owner, DateTimeOffset next) =>
        transaction.ExecuteAsync(Postpone, next.ToUnixTimeMilliseconds(), organizationId, messageId, owner);

    public static ValueTask<int> ReleaseAsync(Transaction transaction, SpooledMessage message, Guid owner) =>
        transaction.ExecuteAsync(Release, message.OrganizationId, message.MessageId, owner);

    /// <summary>Takes what is due and nobody works on.</summary>
    public ValueTask<List<SpoolRow>> ClaimAsync(Transaction transaction, Guid owner, DateTimeOffset now, DateTimeOffset until, int count) =>
        transaction.ListAsync(claim, Read, owner, until.ToUnixTimeMilliseconds(), now.ToUnixTimeMilliseconds(), count);

    public static async ValueTask<bool> IsReferencedAsync(Transaction transaction, Guid bodyId) =>
        await transaction.FindAsync(Referenced, reader => reader.GetInt32(0), bodyId) != 0;

    private static SpoolRow Read(DbDataReader reader) => new(
        reader.GetId(0), reader.GetId(1), new StoredBody(reader.GetId(2), reader.GetString(3), reader.GetInt64(4)), reader.GetOctets(5),
        reader.GetOctets(6), reader.GetOctets(7), reader.GetInt32(8), reader.GetInt64(9), reader.GetInt64(10));
}
