namespace Mailstead.Persistence.Databases;

/// <summary>
/// Row-level security for every table that has a mailbox or an organization: a connection sees and writes rows of the tenants that its
/// transaction names (<see cref="TenantScope"/>) and no others, also when it owns the table. Found in the catalogue after each
/// migration, so that no table is forgotten.
/// </summary>
internal static class TenantPolicies
{
    // Sub-selects: read once for a statement, not for each row.
    private const string Visible =
        "TENANT = ANY ((SELECT NULLIF(NULLIF(current_setting('mailstead.tenants', true), ''), '*')::uuid[])::uuid[]) "
        + "OR (SELECT current_setting('mailstead.tenants', true) = '*')";

    private const string Unprotected =
        """
        SELECT c.relname || ':' || (
               SELECT a.attname
                 FROM pg_attribute a
                 LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary AND i.indkey[0] = a.attnum
                WHERE a.attrelid = c.oid
                  AND a.attname IN ('mailbox_id', 'organization_id')
                  AND NOT a.attisdropped
                ORDER BY i.indrelid NULLS LAST, a.attname DESC
                LIMIT 1)
          FROM pg_class c
          JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE n.nspname = current_schema()
           AND c.relkind IN ('r', 'p')
           AND EXISTS (SELECT 1
                         FROM pg_attribute a
                        WHERE a.attrelid = c.oid
                          AND a.attname IN ('mailbox_id', 'organization_id')
                          AND NOT a.attisdropped)
           AND NOT (c.relrowsecurity AND c.relforcerowsecurity
                AND EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'tenant'))
        """;

    public static async Task<bool> AreCompleteAsync(Database database, CancellationToken cancellationToken) =>
        (await database.ListAsync<string>(TenantScope.None, Unprotected, null, cancellationToken).ConfigureAwait(false)).Count == 0;

    /// <summary>As the owner of the tables. Idempotent.</summary>
    public static async ValueTask ApplyAsync(Transaction transaction)
    {
        foreach (var found in await transaction.ListAsync<string>(Unprotected, null).ConfigureAwait(false))
        {
            var (table, tenant) = (found.Split(':')[0], found.Split(':')[1]);
            await transaction.ExecuteAsync(
                $"""
                ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
                ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
                DROP POLICY IF EXISTS tenant ON {table};
                CREATE POLICY tenant ON {table} USING ({Visible.Replace("TENANT", tenant, StringComparison.Ordinal)});
                """,
                null).ConfigureAwait(false);
        }
    }
}
