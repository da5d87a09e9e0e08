using Mailstead.Persistence.Databases;
using Mailstead.Stores.Harness;

namespace Mailstead.Stores.Databases;

/// <summary>Changes of many callers that share a transaction: each gets what is its own, and who fails or has to wait does so alone.</summary>
public sealed class ChangeTogetherTests(Installations installations)
{
    private const int Callers = 200;

    private static readonly Statement Put = new(
        """
        INSERT INTO marks (organization_id, mark_id, value)
        VALUES (@organization_id, @mark_id, @value)
        ON CONFLICT (organization_id, mark_id) DO UPDATE SET value = excluded.value
        RETURNING value
        """);

    private static readonly Statement Drop = new("DELETE FROM marks WHERE organization_id = @organization_id AND mark_id = @mark_id");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory, OnBothDatabases]
    internal async Task Everybody_gets_what_his_own_statements_have_read(DatabaseKind kind)
    {
        await using var installation = await StartAsync(kind);
        var database = installation.DatabaseOf("delivery");
        var organizations = Enumerable.Range(0, 4).Select(_ => Guid.CreateVersion7()).ToArray();
        var results = await Task.WhenAll(Enumerable.Range(0, Callers).Select(i => Task.Run(() => database.ChangeTogetherAsync(
            TenantScope.Of(organizations[i % 4]),
            [Mark(organizations[i % 4], Guid.NewGuid(), i), Gone(organizations[i % 4]), Mark(organizations[i % 4], Guid.NewGuid(), -i)], Cancel))));

        for (var i = 0; i < Callers; i++)
            Assert.Equal([(long)i, null, (long)-i], results[i]);
        Assert.Equal(2 * Callers, await CountAsync(database, organizations));
    }

    [Theory, OnBothDatabases]
    internal async Task One_that_is_refused_fails_alone_and_leaves_nothing(DatabaseKind kind)
    {
        await using var installation = await StartAsync(kind);
        var database = installation.DatabaseOf("delivery");
        var organization = Guid.CreateVersion7();
        var scope = TenantScope.Of(organization);
        var calls = Enumerable.Range(0, Callers).Select(i => Task.Run(() => database.ChangeTogetherAsync(
            scope, [Mark(organization, Guid.NewGuid(), i), Mark(organization, Guid.NewGuid(), i % 50 == 7 ? null : i)], Cancel))).ToList();

        for (var i = 0; i < Callers; i++)
        {
            if (i % 50 == 7)
                await Assert.ThrowsAnyAsync<Exception>(() => calls[i]);
            else
                await calls[i];
        }

        Assert.Equal(2 * (Callers - 4), await CountAsync(database, [organization]));
    }

    [Fact]
    public async Task Nobody_else_waits_for_a_row_that_is_locked_for_long()
    {
        await using var installation = await StartAsync(DatabaseKind.PostgreSql);
        var database = installation.DatabaseOf("delivery");
        var (organization, locked) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        var scope = TenantScope.Of(organization);
        await database.ChangeTogetherAsync(scope, [Mark(organization, locked, 1)], Cancel);
        var (isLocked, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        var holder = database.WriteAsync(
            scope,
            async transaction =>
            {
                await transaction.ExecuteAsync(Put, organization, locked, 2L);
                isLocked.SetResult();
                await release.Task;
                return true;
            },
            Cancel);
        await isLocked.Task;

        var waiting = database.ChangeTogetherAsync(scope, [Mark(organization, locked, 3)], Cancel);
        var beside = database.ChangeTogetherAsync(scope, [Mark(organization, locked, 3), Mark(organization, Guid.NewGuid(), 4)], Cancel);
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(i => Task.Run(() => database.ChangeTogetherAsync(
            scope, [Mark(organization, Guid.NewGuid(), i)], Cancel)))).WaitAsync(TimeSpan.FromSeconds(60), Cancel);
        Assert.False(waiting.IsCompleted || beside.IsCompleted, "It was locked, and changed");

        release.SetResult();
        await holder;
        Assert.Equal([3L], await waiting);
        Assert.Equal([3L, 4L], await beside);
        Assert.Equal(Callers + 2, await CountAsync(database, [organization]));
    }

    [Fact]
    public async Task A_row_of_somebody_elses_tenant_is_refused()
    {
        await using var installation = await StartAsync(DatabaseKind.PostgreSql);
        var database = installation.DatabaseOf("delivery");
        var (mine, theirs) = (Guid.CreateVersion7(), Guid.CreateVersion7());

        await Assert.ThrowsAnyAsync<Exception>(() => database.ChangeTogetherAsync(TenantScope.Of(mine), [Mark(theirs, Guid.NewGuid(), 1)], Cancel));
        Assert.Equal(0, await CountAsync(database, [mine, theirs]));
    }

    private static Change Mark(Guid organization, Guid id, long? value) => new(Put, [organization, id, value], id, reader => reader.GetInt64(0));

    private static Change Gone(Guid organization)
    {
        var id = Guid.NewGuid();
        return new Change(Drop, [organization, id], id);
    }

    private static async Task<long> CountAsync(Database database, Guid[] organizations) =>
        await database.FindAsync<long>(TenantScope.Of(organizations), "SELECT COUNT(*) FROM marks", null, Cancel);

    private async Task<Installation> StartAsync(DatabaseKind kind)
    {
        var installation = await Installation.StartAsync(installations.NewFolder(), await installations.NewDatabaseAsync(kind));
        var database = installation.DatabaseOf("delivery");
        await database.ExecuteAsync(
            TenantScope.None, "CREATE TABLE marks (organization_id UUID NOT NULL, mark_id UUID NOT NULL, value BIGINT NOT NULL, PRIMARY KEY (organization_id, mark_id))",
            null, Cancel);
        await database.ProtectTenantsAsync(Cancel);
        return installation;
    }
}
