using Google.Protobuf;
using Mailstead.Contracts.Delivery.V1;
using Mailstead.Delivery;
using Mailstead.Delivery.Outbound;
using Mailstead.Delivery.Routing;
using Mailstead.Delivery.Spool;
using Mailstead.Hosting.Bus;
using Mailstead.Persistence.Bodies;
using Mailstead.Persistence.Databases;
using Mailstead.Persistence.Encryption;
using Mailstead.Stores.Harness;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Mailstead.Stores.Delivery;

/// <summary>The spool's rows: one claimer each, until the lease ends.</summary>
public sealed class SpoolTests(Installations installations)
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000);
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(5);

    [Theory, OnBothDatabases]
    public async Task Many_claimers_share_what_is_due_and_none_gets_what_another_has(DatabaseKind kind)
    {
        await using var database = await NewSpoolAsync(kind);
        var table = new SpoolTable(database.Dialect);
        var messages = await InsertAsync(database, 60);

        var claims = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => ClaimAsync(database, table, Now, 10)));
        var late = await ClaimAsync(database, table, Now + Lease - TimeSpan.FromMilliseconds(1), 100);
        var afterwards = await ClaimAsync(database, table, Now + Lease, 100);

        Assert.Equal(messages.Select(message => message.MessageId).Order(),
            claims.SelectMany(claim => claim).Concat(late).Order());
        Assert.Equal(claims.SelectMany(claim => claim).Count(), claims.SelectMany(claim => claim).Distinct().Count());
        Assert.Equal(claims.SelectMany(claim => claim).Order(), afterwards.Except(late).Order());
    }

    [Theory, OnBothDatabases]
    public async Task A_deferred_message_comes_back_when_its_time_has_come_with_the_rest_of_its_recipients(DatabaseKind kind)
    {
        await using var database = await NewSpoolAsync(kind);
        var table = new SpoolTable(database.Dialect);
        var message = (await InsertAsync(database, 1)).Single();
        await ClaimAsync(database, table, Now, 1);
        var rest = new SpooledEnvelope { Envelope = new Envelope { Recipients = { new EnvelopeRecipient { Address = "waits@example.org" } } } };

        await database.WriteAsync(
            TenantScope.Of(message.OrganizationId), transaction => SpoolTable.DeferAsync(transaction, message, rest, Now.AddHours(1)),
            CancellationToken.None);

        Assert.Empty(await ClaimAsync(database, table, Now.AddMinutes(59), 1));
        var row = (await database.WriteAsync(
            TenantScope.None, transaction => table.ClaimAsync(transaction, Guid.NewGuid(), Now.AddHours(1), Now.AddHours(2), 1),
                CancellationToken.None)).Single();
        Assert.Equal(1, row.Attempts);
        Assert.Equal(rest, SpooledEnvelope.Parser.ParseFrom(
            message.Key.Open(row.SealedEnvelope, SpooledMessage.EnvelopeContext(row.Body.BodyId))));
        Assert.Equal((message.Body, message.ReceivedAt.ToUnixTimeMilliseconds()), (row.Body, row.ReceivedAt));
    }

    [Theory, OnBothDatabases]
    public async Task What_a_living_process_has_in_hand_stays_its_own_and_what_it_lost_sight_of_does_not(DatabaseKind kind)
    {
        await using var database = await NewSpoolAsync(kind);
        var (clock, options) = (new FakeTimeProvider(Now), new DeliveryOptions());
        using var announcements = new Announcements(null!, clock, NullLogger<Announcements>.Instance);
        using var outbound = new OutboundQueue(database, null!, null!, options, clock);
        var routing = new RoutingQueue(options, announcements, clock);
        var process = new ProcessIdentity(database, clock);
        using var renewal = new LeaseRenewal(database, routing, outbound, process, options, clock, NullLogger<LeaseRenewal>.Instance);
        var table = new SpoolTable(database.Dialect);
        var messages = await InsertAsync(database, 2);
        await database.WriteAsync(
            TenantScope.None, transaction => table.ClaimAsync(transaction, process.Id, clock.GetUtcNow(), clock.GetUtcNow() + options.Lease, 2), CancellationToken.None);
        Assert.True(routing.TryOffer(messages[0]));
        Assert.Equal(0, await renewal.RenewAsync(CancellationToken.None));

        clock.Advance(options.Lease / 2);
        Assert.Equal(1, await renewal.RenewAsync(CancellationToken.None));

        clock.Advance(options.Lease / 2);
        Assert.Equal([messages[1].MessageId], await ClaimAsync(database, table, clock.GetUtcNow(), 10));
        routing.Held.Remove(messages[0].OrganizationId, messages[0].MessageId);
        clock.Advance(options.Lease / 2);
        Assert.Equal(0, await renewal.RenewAsync(CancellationToken.None));
        Assert.Equal([messages[0].MessageId], await ClaimAsync(database, table, clock.GetUtcNow(), 10));
    }

    [Theory, OnBothDatabases]
    public async Task Only_the_owner_of_a_lease_gives_it_back(DatabaseKind kind)
    {
        await using var database = await NewSpoolAsync(kind);
        var table = new SpoolTable(database.Dialect);
        var message = (await InsertAsync(database, 1)).Single();
        var owner = Guid.NewGuid();
        await database.WriteAsync(
            TenantScope.None, transaction => table.ClaimAsync(transaction, owner, Now, Now + Lease, 1),
            CancellationToken.None);

        var byStranger = await database.WriteAsync(
            TenantScope.Of(message.OrganizationId), transaction => SpoolTable.ReleaseAsync(transaction, message, Guid.NewGuid()),
            CancellationToken.None);
        Assert.Empty(await ClaimAsync(database, table, Now, 1));
        var byOwner = await database.WriteAsync(
            TenantScope.Of(message.OrganizationId), transaction => SpoolTable.ReleaseAsync(transaction, message, owner),
            CancellationToken.None);

        Assert.Equal((0, 1), (byStranger, byOwner));
        Assert.Equal([message.MessageId], await ClaimAsync(database, table, Now, 1));
    }

    [Theory, OnBothDatabases]
    public async Task A_body_is_needed_as_long_as_a_row_names_it(DatabaseKind kind)
    {
        await using var database = await NewSpoolAsync(kind);
        var message = (await InsertAsync(database, 1)).Single();

        Assert.True(await IsReferencedAsync());
        await database.WriteAsync(
            TenantScope.Of(message.OrganizationId), transaction => SpoolTable.DeleteAsync(transaction, message.OrganizationId, message.MessageId), CancellationToken.None);
        Assert.False(await IsReferencedAsync());

        async Task<bool> IsReferencedAsync() => await database.ReadAsync(
            TenantScope.None, transaction => SpoolTable.IsReferencedAsync(transaction, message.Body.BodyId), CancellationToken.None);
    }

    private static async Task<List<Guid>> ClaimAsync(Database database, SpoolTable table, DateTimeOffset now, int count) =>
        [.. (await database.WriteAsync(
            TenantScope.None, transaction => table.ClaimAsync(transaction, Guid.NewGuid(), now, now + Lease, count),
            CancellationToken.None))
            .Select(row => row.MessageId)];

    private static async Task<List<SpooledMessage>> InsertAsync(Database database, int count)
    {
        var messages = Enumerable.Range(0, count).Select(_ => NewMessage()).ToList();
        await Task.WhenAll(messages.Select(message => database.WriteAsync(
            TenantScope.Of(message.OrganizationId),
            async transaction => await SpoolTable.InsertAsync(transaction, message, Guid.Empty, DateTimeOffset.UnixEpoch)
                && !await SpoolTable.InsertAsync(transaction, message, Guid.Empty, DateTimeOffset.UnixEpoch),
            CancellationToken.None))).ContinueWith(inserted => Assert.All(inserted.Result, Assert.True), TaskScheduler.Default);
        return messages;
    }

    private static SpooledMessage NewMessage() => new()
    {
        OrganizationId = Guid.NewGuid(),
        MessageId = Guid.CreateVersion7(),
        Body = new StoredBody(Guid.NewGuid(), "00000001:0:10", 10),
        Key = MessageKey.Create(),
        SealedKey = [1],
        SealedSummary = [2],
        Content = new SpooledEnvelope { Envelope = new Envelope { ReturnPath = "sender@example.org" } },
        Attempts = 0,
        ReceivedAt = Now,
        ExpiresAt = Now.AddDays(5),
    };

    private async Task<Database> NewSpoolAsync(DatabaseKind kind)
    {
        Database database = await installations.NewDatabaseAsync(kind) is { } connection
            ? PostgreSqlDatabase.Open(new DatabaseOptions { PostgreSql = connection }, "delivery")
            : SqliteDatabase.Open(Path.Combine(installations.NewFolder(), "delivery.db"));
        await Migrations.RunAsync(database, typeof(DeliveryModule).Assembly, CancellationToken.None);
        // Again: what has run does not run twice.
        await Migrations.RunAsync(database, typeof(DeliveryModule).Assembly, CancellationToken.None);
        return database;
    }
}
