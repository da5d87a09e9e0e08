using System.Diagnostics;
using Mailstead.Persistence.Databases;
using Mailstead.Stores.Harness;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Mailstead.Stores.Catalogue;

/// <summary>PostgreSQL itself keeps tenants apart: a statement that forgets whose rows it means finds and changes nothing.</summary>
public sealed class RowSecurityTests(Installations installations)
{
    private static readonly string[] Schemas = ["keys", "directories", "mailboxes", "delivery"];
    private static readonly string[] MailboxTables = ["mailboxes", "folders", "items", "tombstones"];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_table_with_a_tenant_has_a_policy_that_binds_its_owner_too()
    {
        var installation = await installations.SharedAsync(DatabaseKind.PostgreSql);
        var found = new List<string>();
        foreach (var schema in Schemas)
        {
            found.AddRange(await installation.DatabaseOf(schema).ListAsync<string>(
                TenantScope.None,
                """
                SELECT DISTINCT c.relname || ' ' || (c.relrowsecurity AND c.relforcerowsecurity)::text || ' '
                       || coalesce((SELECT string_agg(p.polname::text || p.polcmd::text, ',') FROM pg_policy p WHERE p.polrelid = c.oid), 'none')
                  FROM pg_class c
                  JOIN pg_namespace n ON n.oid = c.relnamespace
                  JOIN pg_attribute a ON a.attrelid = c.oid
                 WHERE n.nspname = @schema
                   AND c.relkind = 'r'
                   AND a.attname IN ('mailbox_id', 'organization_id')
                """,
                new { schema }, Cancel));
        }

        Assert.True(found.Count >= 14, $"only {found.Count} tables with a tenant were found");
        Assert.All(found, table => Assert.EndsWith(" true tenant*", table));
    }

    [Fact]
    public async Task Without_a_where_clause_a_tenant_sees_its_own_rows_and_nobody_sees_any()
    {
        var (mine, other) = (await FilledAsync(), await FilledAsync());
        var database = mine.Installation.DatabaseOf("mailboxes");

        foreach (var table in MailboxTables)
        {
            var sql = $"SELECT DISTINCT mailbox_id FROM {table}";
            Assert.Equal([IdOf(mine)], await database.ListAsync<Guid>(mine.Scope(), sql, null, Cancel));
            Assert.Equal(
                new[] { IdOf(mine), IdOf(other) }.Order(),
                (await database.ListAsync<Guid>(TenantScope.Of([IdOf(mine), IdOf(other)]), sql, null, Cancel)).Order());
            Assert.Empty(await database.ListAsync<Guid>(TenantScope.None, sql, null, Cancel));
            Assert.Empty(await database.ListAsync(TenantScope.None, new Statement(sql), reader => reader.GetId(0), [], Cancel));
        }
    }

    [Fact]
    public async Task What_one_organization_has_in_any_schema_is_not_there_for_another()
    {
        var installation = await installations.SharedAsync(DatabaseKind.PostgreSql);
        var (mine, theirs) = (await Tenant.CreateAsync(installation), await Tenant.CreateAsync(installation));
        await theirs.CreateEnabledGroupAsync("team", await theirs.CreateEnabledUserAsync("victim"));
        (string Schema, string Table)[] tables =
        [
            ("directories", "organizations"), ("directories", "domains"), ("directories", "entities"), ("directories", "addresses"),
            ("directories", "members"), ("directories", "credentials"), ("keys", "grants"), ("keys", "data_keys"),
        ];

        foreach (var (schema, table) in tables)
        {
            var sql = $"SELECT COUNT(*) FROM {table} WHERE organization_id = @id";
            var database = installation.DatabaseOf(schema);
            Assert.Equal(0, await database.FindAsync<long>(TenantScope.Of(mine.Key), sql, new { id = theirs.Key }, Cancel));
            Assert.True(await database.FindAsync<long>(TenantScope.Of(theirs.Key), sql, new { id = theirs.Key }, Cancel) > 0, table);
        }
    }

    [Fact]
    public async Task Rows_of_another_tenant_are_neither_made_nor_changed_nor_moved_nor_deleted()
    {
        var (mine, other) = (await FilledAsync(), await FilledAsync());
        var database = mine.Installation.DatabaseOf("mailboxes");
        var ids = new { mine = IdOf(mine), other = IdOf(other) };

        await RefusedAsync("INSERT INTO tombstones (mailbox_id, folder_id, modseq, uid, item_id) VALUES (@other, @mine, 1, 1, @mine)");
        await RefusedAsync("UPDATE items SET mailbox_id = @other WHERE mailbox_id = @mine");
        Assert.Equal(0, await ChangeAsync("UPDATE items SET flags = 1 WHERE mailbox_id = @other"));
        Assert.Equal(0, await ChangeAsync("DELETE FROM folders WHERE mailbox_id = @other"));
        Assert.Equal(await CountAsync(mine), await ChangeAsync("UPDATE items SET flags = 1"));
        Assert.Equal([1u], await other.UidsAsync(await other.InboxAsync()));
        Assert.Equal(0, await database.FindAsync<long>(
            other.Scope(), "SELECT COUNT(*) FROM items WHERE flags = 1", null, Cancel));

        Task<int> ChangeAsync(string sql) => database.ExecuteAsync(mine.Scope(), sql, ids, Cancel);

        async Task<int> CountAsync(MailboxOnStore mailbox) =>
            await database.FindAsync<int>(mailbox.Scope(), "SELECT COUNT(*)::int FROM items", null, Cancel);

        async Task RefusedAsync(string sql) => Assert.Contains(
            "row-level security", (await Assert.ThrowsAsync<PostgresException>(() => ChangeAsync(sql))).MessageText);
    }

    [Fact]
    public async Task A_statement_across_tenants_sees_all_and_the_next_one_does_not()
    {
        var (mine, other) = (await FilledAsync(), await FilledAsync());
        var database = mine.Installation.DatabaseOf("mailboxes");
        var all = Statement.AcrossTenants("SELECT mailbox_id FROM mailboxes WHERE mailbox_id = @id");
        var own = new Statement("SELECT mailbox_id FROM mailboxes");

        foreach (var first in new[] { true, false })
        {
            var (wide, narrow) = await database.WriteAsync(
                mine.Scope(),
                async transaction =>
                {
                    if (!first)
                        await transaction.ListAsync(own, reader => reader.GetId(0));
                    return (await transaction.ListAsync(all, reader => reader.GetId(0), IdOf(other)),
                        await transaction.ListAsync(own, reader => reader.GetId(0)));
                },
                Cancel);
            Assert.Equal((IdOf(other), IdOf(mine)), (wide.Single(), narrow.Single()));
        }

        var (seen, left) = await database.ReadAsync(
            mine.Scope(),
            async transaction => (
                await transaction.ListAsync(all, reader => reader.GetId(0), IdOf(other)),
                await transaction.ListAsync(own, reader => reader.GetId(0))),
            Cancel);
        Assert.Equal((IdOf(other), IdOf(mine)), (seen.Single(), left.Single()));
        for (var i = 0; i < 30; i++)
            Assert.Empty(await database.ListAsync(TenantScope.None, own, reader => reader.GetId(0), [], Cancel));
    }

    [Fact]
    public async Task The_programs_role_can_not_change_tables_that_are_not_its_own()
    {
        var mailbox = await FilledAsync();
        var database = mailbox.Installation.DatabaseOf("mailboxes");

        foreach (var sql in new[] { "ALTER TABLE items DISABLE ROW LEVEL SECURITY", "DROP POLICY tenant ON items", "CREATE TABLE x (id INT)" })
        {
            var refused = await Assert.ThrowsAsync<PostgresException>(
                () => database.ExecuteAsync(TenantScope.None, sql, null, Cancel));
            Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refused.SqlState);
        }
    }

    [Fact]
    public async Task A_role_that_nothing_binds_is_refused_at_the_start()
    {
        var connection = PostgreSqlServer.AsAdministrator((await installations.NewDatabaseAsync(DatabaseKind.PostgreSql))!);

        var refused = await Assert.ThrowsAsync<OptionsValidationException>(
            () => Installation.StartAsync(installations.NewFolder(), connection));

        Assert.Contains("Database:PostgreSql: role 'postgres' is a superuser", refused.Message);
    }

    [Fact]
    public async Task Tables_of_another_version_are_brought_forward_by_their_owner_alone()
    {
        var (program, owner) = await installations.NewOwnedDatabaseAsync();

        var refused = await Assert.ThrowsAsync<OptionsValidationException>(
            () => Installation.StartAsync(installations.NewFolder(), program));
        Assert.Contains("name the role that owns them in Database:Owner", refused.Message);

        var folder = installations.NewFolder();
        await (await Installation.StartAsync(folder, program, new Dictionary<string, string?> { ["Database:Owner"] = owner })).DisposeAsync();
        // The tables are there: from now on the program's role does.
        await using var installation = await Installation.StartAsync(folder, program);
        var mailbox = await installation.NewMailboxAsync(await installation.NewOrganizationKeyAsync());
        Assert.NotEmpty(await mailbox.FoldersAsync());
    }

    [Fact]
    public async Task A_dump_by_the_programs_own_role_has_the_rows_of_all_tenants_that_it_names()
    {
        var connection = (await installations.NewDatabaseAsync(DatabaseKind.PostgreSql))!;
        await using var installation = await Installation.StartAsync(installations.NewFolder(), connection);
        var organization = await installation.NewOrganizationKeyAsync();
        var (one, other) = (await installation.NewMailboxAsync(organization), await installation.NewMailboxAsync(organization));

        var dump = await DumpAsync(connection, "-c mailstead.tenants=*");

        Assert.Contains(one.Ref.MailboxId, dump);
        Assert.Contains(other.Ref.MailboxId, dump);
        Assert.Contains("CREATE POLICY tenant ON mailboxes.items", dump);
        Assert.DoesNotContain(one.Ref.MailboxId, await DumpAsync(connection, ""));
    }

    /// <summary>As the chart's backup does it.</summary>
    private static async Task<string> DumpAsync(string connectionString, string options)
    {
        var place = new NpgsqlConnectionStringBuilder(connectionString);
        using var dumping = Process.Start(new ProcessStartInfo(
            "/usr/lib/postgresql/15/bin/pg_dump",
            ["--enable-row-security", "--host", place.Host!, "--username", place.Username!, place.Database!])
        {
            RedirectStandardOutput = true,
            Environment = { ["PGOPTIONS"] = options },
        })!;
        var dump = await dumping.StandardOutput.ReadToEndAsync(Cancel);
        await dumping.WaitForExitAsync(Cancel);
        Assert.Equal(0, dumping.ExitCode);
        return dump;
    }

    private static Guid IdOf(MailboxOnStore mailbox) => Guid.Parse(mailbox.Ref.MailboxId);

    /// <summary>A mailbox with a row in each of its tables.</summary>
    private async Task<MailboxOnStore> FilledAsync()
    {
        var mailbox = await installations.NewMailboxAsync(DatabaseKind.PostgreSql);
        var inbox = await mailbox.InboxAsync();
        await mailbox.AppendAsync(inbox);
        await mailbox.AppendAsync(inbox);
        await mailbox.ExpungeAsync(inbox, [2]);
        return mailbox;
    }
}
