using System.Data.Common;
using System.Globalization;
using System.Text;
using Google.Protobuf;
using Mailstead.Contracts.Delivery.V1;
using Mailstead.Delivery.Spool;
using Mailstead.Persistence.Bodies;
using Mailstead.Persistence.Databases;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Delivery.Outbound;

/// <summary>What leaves the installation: a row for each destination of a message, claimed by lease like the spool.</summary>
internal sealed class OutboundQueue(
    [FromKeyedServices("delivery")] Database database, TransportKeys keys, SignMessage sign, DeliveryOptions options, TimeProvider clock) : IDisposable
{
    private const string Columns =
        "organization_id, queue_id, message_id, destination_index, body_id, body_location, body_size, sealed_key, sealed_job, attempts, "
        + "expires_at, warn_at, created_at";

    private static readonly IdnMapping Idn = new() { UseStd3AsciiRules = false };

    private static readonly Statement Insert = new(
        """
        INSERT INTO outbound (organization_id, queue_id, message_id, destination_index, body_id, body_location, body_size, sealed_key,
                              sealed_job, attempts, next_attempt_at, expires_at, warn_at, lease_owner, lease_until, created_at)
        VALUES (@organization_id, @queue_id, @message_id, @destination_index, @body_id, @body_location, @body_size, @sealed_key,
                @sealed_job, 0, @created_at, @expires_at, @warn_at, NULL, 0, @created_at)
        """);

    private static readonly Statement Delete = new(
        "DELETE FROM outbound WHERE organization_id = @organization_id AND queue_id = @queue_id");

    private static readonly Statement Defer = new(
        """
        UPDATE outbound
           SET sealed_job = @sealed_job, attempts = attempts + 1, next_attempt_at = @next_attempt_at, warn_at = @warn_at,
               lease_owner = NULL, lease_until = 0
         WHERE organization_id = @organization_id
           AND queue_id = @queue_id
        """);

    private static readonly Statement Postpone = new(
        """
        UPDATE outbound
           SET attempts = attempts + 1, next_attempt_at = @next_attempt_at, lease_owner = NULL, lease_until = 0
         WHERE organization_id = @organization_id
           AND queue_id = @queue_id
        """);

    private static readonly Statement Release = new(
        """
        UPDATE outbound
           SET lease_owner = NULL, lease_until = 0
         WHERE organization_id = @organization_id
           AND queue_id = @queue_id
        """);

    private readonly Statement claim = Statement.AcrossTenants(
        $"""
        UPDATE outbound
           SET lease_owner = @lease_owner, lease_until = @lease_until
         WHERE queue_id IN (
               SELECT queue_id
                 FROM outbound
                WHERE next_attempt_at <= @now
                  AND lease_until <= @now
                ORDER BY next_attempt_at
                LIMIT @count
                {database.Dialect.SkipLocked})
        RETURNING {Columns}
        """);

    private readonly SemaphoreSlim signal = new(0);

    /// <summary>What is being sent.</summary>
    public HeldLeases Held { get; } = new(clock);

    public void Dispose() => signal.Dispose();

    public void Wake()
    {
        if (signal.CurrentCount == 0)
            signal.Release();
    }

    public Task WaitAsync(TimeSpan atMost, CancellationToken cancellationToken) => signal.WaitAsync(atMost, cancellationToken);

    /// <summary>Rows ready to be written with the end of the spool row.</summary>
    public async Task<List<OutboundRow>> PrepareAsync(
        SpooledMessage message, List<EnvelopeRecipient> recipients, CancellationToken cancellationToken)
    {
        var rows = new List<OutboundRow>();
        if (recipients.Count == 0)
            return rows;
        var prologue = UnsafeByteOperations.UnsafeWrap(await sign.RunAsync(message, cancellationToken));
        using var transport = await keys.GetAsync(message.OrganizationId, cancellationToken);
        var now = clock.GetUtcNow();
        foreach (var destination in recipients.GroupBy(
            recipient => recipient.Handling?.GatewayName is { Length: > 0 } gateway ? (Domain: "", Gateway: gateway) : (Domain: DomainOf(recipient.Address), Gateway: "")))
        {
            var queueId = Guid.CreateVersion7(now);
            var envelope = message.Envelope.Clone();
            envelope.Recipients.Clear();
            envelope.Recipients.AddRange(destination.DistinctBy(recipient => recipient.Address));
            var job = new OutboundJob { Destination = destination.Key.Domain, GatewayName = destination.Key.Gateway, Envelope = envelope, Prologue = prologue };
            rows.Add(new OutboundRow
            {
                OrganizationId = message.OrganizationId,
                QueueId = queueId,
                MessageId = message.MessageId,
                DestinationIndex = transport.BlindIndex(Encoding.UTF8.GetBytes(destination.Key.Domain + " " + destination.Key.Gateway), "destination"),
                Body = message.Body,
                SealedKey = message.SealedKey,
                SealedJob = message.Key.Seal(job.ToByteArray(), OutboundRow.JobContext(queueId)),
                Attempts = 0,
                ExpiresAt = (message.ReceivedAt + options.ExpireAfter).ToUnixTimeMilliseconds(),
                WarnAt = (message.ReceivedAt + options.WarnAfter).ToUnixTimeMilliseconds(),
                CreatedAt = now.ToUnixTimeMilliseconds(),
            });
        }

        return rows;
    }

    public static ValueTask<int> InsertAsync(Transaction transaction, OutboundRow row) =>
        transaction.ExecuteAsync(
            Insert, row.OrganizationId, row.QueueId, row.MessageId, row.DestinationIndex, row.Body.BodyId, row.Body.Location, row.Body.Size,
            row.SealedKey, row.SealedJob, row.CreatedAt, row.ExpiresAt, row.WarnAt);

    public static ValueTask<int> DeleteAsync(Transaction transaction, OutboundRow row) =>
        transaction.ExecuteAsync(Delete, row.OrganizationId, row.QueueId);

    public static ValueTask<int> DeferAsync(Transaction transaction, OutboundRow row, byte[] sealedJob, DateTimeOffset next, long warnAt) =>
        transaction.ExecuteAsync(Defer, sealedJob, next.ToUnixTimeMilliseconds(), warnAt, row.OrganizationId, row.QueueId);

    /// <summary>Nothing could be done with it; all of it is kept.</summary>
    public Task<int> PostponeAsync(OutboundRow row, DateTimeOffset next) =>
        database.WriteAsync(
            TenantScope.Of(row.OrganizationId),
            transaction => transaction.ExecuteAsync(Postpone, next.ToUnixTimeMilliseconds(), row.OrganizationId, row.QueueId),
            CancellationToken.None);

    /// <summary>Begun and not done: whoever comes next takes it.</summary>
    public Task<int> ReleaseAsync(OutboundRow row) =>
        database.WriteAsync(
            TenantScope.Of(row.OrganizationId), transaction => transaction.ExecuteAsync(Release, row.OrganizationId, row.QueueId), CancellationToken.None);

    public Task<List<OutboundRow>> ClaimAsync(Guid owner, int count, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        return database.WriteAsync(
            TenantScope.None,
            transaction => transaction.ListAsync(
                claim, Read, owner, (now + options.Lease).ToUnixTimeMilliseconds(), now.ToUnixTimeMilliseconds(), count),
            cancellationToken);
    }

    private static string DomainOf(string address)
    {
        var domain = address[(address.LastIndexOf('@') + 1)..].ToLowerInvariant();
        try
        {
            return Idn.GetAscii(domain);
        }
        catch (ArgumentException)
        {
            // No name: looking it up fails and says so.
            return domain;
        }
    }

    private static OutboundRow Read(DbDataReader reader) => new()
    {
        OrganizationId = reader.GetId(0),
        QueueId = reader.GetId(1),
        MessageId = reader.GetId(2),
        DestinationIndex = reader.GetOctets(3),
        Body = new StoredBody(reader.GetId(4), reader.GetString(5), reader.GetInt64(6)),
        SealedKey = reader.GetOctets(7),
        SealedJob = reader.GetOctets(8),
        Attempts = reader.GetInt32(9),
        ExpiresAt = reader.GetInt64(10),
        WarnAt = reader.GetInt64(11),
        CreatedAt = reader.GetInt64(12),
    };
}
