using System.Text.RegularExpressions;

namespace Mailstead.Architecture;

/// <summary>
/// No statement on a tenant's table without its tenant, and none declared to look across tenants but those that are listed here. The
/// statements are read from the sources.
/// </summary>
public sealed partial class StatementTests
{
    private static readonly Dictionary<string, (string Tenant, string[] Tables)> Schemas = new()
    {
        ["Mailboxes"] = ("mailbox_id", ["mailboxes", "folders", "items", "tombstones"]),
        ["Directories"] = ("organization_id", ["organizations", "domains", "entities", "addresses", "members", "credentials",
            "doomed_mailboxes", "access_changes"]),
        ["Delivery"] = ("organization_id", ["spool", "outbound", "transit"]),
        ["Keys"] = ("organization_id", ["grants", "data_keys"]),
    };

    /// <summary>
    /// Statements that aren't run by way of the services' databases: leases of an earlier process are freed on SQLite alone, and what a
    /// backup needs is run by the operator's command.
    /// </summary>
    private static readonly HashSet<string> RunElsewhere = ["ProcessIdentity.cs", "MailboxTables.cs", "DeliveryTables.cs"];

    /// <summary>What looks over all tenants, and why: by the file, and the words that tell the statement.</summary>
    private static readonly Dictionary<(string File, string Words), string> Exceptions = new()
    {
        [("CollectLoop.cs", "EXISTS (SELECT 1 FROM items WHERE items.body_id")] = "a dead body is one that no mailbox refers to",
        [("SpoolTable.cs", "WHERE message_id IN")] = "the sweeper takes what is due, whosever it is",
        [("SpoolTable.cs", "WHERE body_id = @body_id")] = "as the collector asks",
        [("TransitTable.cs", "WHERE message_id = @message_id AND expires_at > @now")] = "functions know a message by its id alone",
        [("TransitTable.cs", "DELETE FROM transit WHERE expires_at")] = "the sweeper removes what is too old, whosever it is",
        [("OutboundQueue.cs", "WHERE queue_id IN")] = "the queue runner takes what is due, whosever it is",
        [("ProcessIdentity.cs", "SET lease_owner = NULL")] = "leases of processes that are gone",
        [("AddressTable.cs", "WHERE address_index = @address_index")] = "mail arrives by address alone",
        [("DomainTable.cs", "name_index = @name_index")] = "mail is routed by domain alone",
        [("OrganizationTable.cs", "")] = "organizations are found and listed by account, alias and state",
        [("AccessChanges.cs", "WHERE changed_at")] = "the loop tells what is untold, whosever it is",
        [("DoomedMailboxes.cs", "WHERE delete_at")] = "the loop takes what is due, whosever it is",
        [("FindLogin.cs", "WHERE alias_index")] = "a login of the form alias\\user names its organization by alias",
        [("MailboxTables.cs", "")] = "a backup is of all tenants",
        [("DeliveryTables.cs", "")] = "a backup is of all tenants",
        [("GrantTable.cs", "WHERE key_id")] = "the grants of a key, whosever they are",
        [("RewrapDataKeys.cs", "FROM grants WHERE key_id")] = "the organizations that share a key",
        [("DomainTable.cs", "WHERE state")] = "the loops look after every domain",
    };

    [Fact]
    public void A_statement_on_a_tenants_table_names_the_tenant()
    {
        var (wide, misdeclared) = (new List<string>(), new List<string>());
        var used = new HashSet<(string File, string Words)>();
        var seen = 0;
        foreach (var (service, (tenant, tables)) in Schemas)
        {
            foreach (var (file, sql, isAcross) in StatementsOf(service)
                .Where(statement => tables.Any(table => Touches(statement.Sql, table))))
            {
                seen++;
                if (isAcross == NamesTenant(sql, tenant) && !RunElsewhere.Contains(Path.GetFileName(file)))
                    misdeclared.Add($"{file}: {sql}");
                if (NamesTenant(sql, tenant))
                    continue;
                var known = Exceptions.Keys.Where(
                    exception => Path.GetFileName(file) == exception.File
                        && sql.Contains(exception.Words, StringComparison.Ordinal)).ToList();
                used.UnionWith(known);
                if (known.Count == 0)
                    wide.Add($"{file}: {sql}");
            }
        }

        Assert.True(seen > 80, $"only {seen} statements were found: this test looks in the wrong place");
        Assert.Empty(wide);
        Assert.Empty(misdeclared);
        Assert.Equal(Exceptions.Keys.Order(), used.Order());
    }

    private static IEnumerable<(string File, string Sql, bool IsAcrossTenants)> StatementsOf(string service) =>
        RepositoryFiles.CSharp.Where(path => path.StartsWith($"services/{service}/", StringComparison.Ordinal))
            .SelectMany(path => Literal().Matches(RepositoryFiles.Read(path))
                .Select(literal => (path, Blank().Replace(literal.Groups["text"].Value, " ").Trim(),
                    RepositoryFiles.Read(path)[..literal.Index].TrimEnd('$', ' ', '\n').EndsWith(".AcrossTenants(", StringComparison.Ordinal)))
                .Where(statement => Verb().IsMatch(statement.Item2)));

    private static bool Touches(string sql, string table) => Regex.IsMatch(sql, $@"\b(FROM|JOIN|INTO|UPDATE) {table}\b");

    private static bool NamesTenant(string sql, string tenant) =>
        sql.StartsWith("INSERT", StringComparison.Ordinal) && Regex.IsMatch(sql, $@"\({tenant}\b|, {tenant}\b")
        || Regex.IsMatch(sql, $@"WHERE .*\b{tenant} = @");

    [GeneratedRegex("""""(?:\"{3}(?<text>.*?)\"{3}|(?<!\")\"(?<text>[^\"\n]+)\")""""", RegexOptions.Singleline)]
    private static partial Regex Literal();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blank();

    [GeneratedRegex("^(SELECT|INSERT|UPDATE|DELETE) ")]
    private static partial Regex Verb();
}
