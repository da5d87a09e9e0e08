using Mailstead.Persistence.Databases;
using Mailstead.Stores.Harness;

namespace Mailstead.Stores.Catalogue;

/// <summary>
/// Tables can be spread over machines by tenant: every key and every index begins with its mailbox or organization, or is on this list.
/// PostgreSQL's own catalogue is asked, so that no migration escapes.
/// </summary>
public sealed class KeyTests(Installations installations)
{
    private static readonly string[] Schemas = ["keys", "directories", "mailboxes", "delivery"];

    /// <summary>What belongs to the installation, and why.</summary>
    private static readonly Dictionary<string, string> InstallationWide = new()
    {
        ["migrations(name)"] = "each schema's own history",
        ["keys.root_key_check(id)"] = "one word that tells whether the root key is the right one",
        ["keys.cmks(key_id)"] = "keys belong to an account: organizations are granted their use",
        ["keys.cmks(arn)"] = "as above, under the name that administrators use",
        ["keys.cmk_versions(key_id,version)"] = "as above, each version of the material",
        ["keys.grants(grant_id)"] = "grants are revoked by their id alone, as in KMS",
        ["keys.aliases(name_index)"] = "names of customer master keys, which are an account's",
        ["keys.aliases(key_id)"] = "as above, those of one key",
        ["keys.given_grants(grant_id)"] = "what administrators grant belongs to a key",
        ["keys.given_grants(key_id,grant_id)"] = "as above, those of one key",
        ["directories.organizations(alias_index)"] = "an alias is unique in the installation: it names a test domain",
        ["directories.organizations(client_token_index)"] = "a repeated request is found before it has an organization",
        ["directories.domains(name_index)"] = "one organization proves a domain; mail is routed by it alone",
        ["directories.addresses(address_index)"] = "mail arrives by address alone, before its organization is known",
        ["directories.access_keys(access_key_id)"] = "administrators belong to an account, not to an organization",
        ["directories.identity_applications(application_id)"] = "applications of the identity provider are an account's",
        ["directories.identity_applications(token_index)"] = "as above: a repeated request is answered as the first",
        ["directories.iam_identities(identity_id)"] = "whoever administers belongs to an account, not to an organization",
        ["directories.iam_identities(kind,name_index)"] = "as above, by name",
        ["directories.access_keys(account_id,principal)"] = "the access keys of one of them",
        ["directories.api_events(event_id)"] = "calls of an account's administrators, in the order of their times",
        ["mailboxes.items(body_id)"] = "the collector asks whether anybody still needs a body",
        ["delivery.spool(next_attempt_at)"] = "the sweeper takes what is due, whosever it is",
        ["delivery.spool(body_id)"] = "the collector asks whether a message on its way still needs a body",
        ["delivery.outbound(next_attempt_at)"] = "the queue runner takes what is due, whosever it is",
        ["delivery.outbound(body_id)"] = "as for the spool",
        ["delivery.transit(message_id)"] = "functions know a message by its id alone",
        ["delivery.transit(body_id)"] = "as for the spool",
        ["delivery.transit(expires_at)"] = "the sweeper removes what is too old, whosever it is",
        ["keys.grants(key_id)"] = "what a key is granted to, before it is deleted",
        ["mailboxes.backups(backup_id)"] = "a backup is of all tenants",
        ["mailboxes.dead_segments(segment)"] = "bodies of many tenants lie in a segment",
        ["mailboxes.bodies(body_id)"] = "one body serves the mailboxes of all its recipients",
    };

    [Fact]
    public async Task Every_key_and_index_begins_with_its_tenant()
    {
        var installation = await installations.SharedAsync(DatabaseKind.PostgreSql);
        var wide = new List<string>();
        foreach (var schema in Schemas)
            wide.AddRange((await IndexesAsync(installation.DatabaseOf(schema), schema))
                .Where(index => !LeadsWithTenant(index)).Select(Shorten));

        Assert.Equal(InstallationWide.Keys.Order(StringComparer.Ordinal), wide.Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Every_table_has_a_primary_key()
    {
        var installation = await installations.SharedAsync(DatabaseKind.PostgreSql);
        foreach (var schema in Schemas)
        {
            var without = await installation.DatabaseOf(schema).ListAsync<string>(
                TenantScope.None,
                """
                SELECT c.relname
                  FROM pg_class c
                  JOIN pg_namespace n ON n.oid = c.relnamespace
                 WHERE n.nspname = @schema
                   AND c.relkind = 'r'
                   AND NOT EXISTS (SELECT 1 FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary)
                """,
                new { schema }, TestContext.Current.CancellationToken);
            Assert.Empty(without);
        }
    }

    private static bool LeadsWithTenant(string index) =>
        index.Contains("(organization_id", StringComparison.Ordinal) || index.StartsWith("mailboxes.", StringComparison.Ordinal)
            && index.Contains("(mailbox_id", StringComparison.Ordinal);

    private static string Shorten(string index) =>
        index.EndsWith(".migrations(name)", StringComparison.Ordinal) ? "migrations(name)" : index;

    /// <summary>As <c>schema.table(column,column)</c>.</summary>
    private static async Task<List<string>> IndexesAsync(Database database, string schema)
    {
        var found = await database.ListAsync<string>(
            TenantScope.None,
            """
            SELECT n.nspname || '.' || t.relname || '(' || string_agg(a.attname, ',' ORDER BY k.place) || ')'
              FROM pg_index i
              JOIN pg_class t ON t.oid = i.indrelid
              JOIN pg_namespace n ON n.oid = t.relnamespace
             CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS k(number, place)
              JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.number
             WHERE n.nspname = @schema
             GROUP BY n.nspname, t.relname, i.indexrelid
            """,
            new { schema }, TestContext.Current.CancellationToken);
        Assert.NotEmpty(found);
        return found;
    }
}
