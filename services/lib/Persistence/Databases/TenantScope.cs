namespace Mailstead.Persistence.Databases;

/// <summary>
/// The tenants, by the id that leads their tables (mailbox or organization), whose rows a unit of work may see and write. PostgreSQL
/// enforces it by row-level security (<see cref="TenantPolicies"/>), so that a statement which forgets its tenant finds nothing;
/// SQLite, which has no such thing, ignores it. What looks over all tenants says so itself: <see cref="Statement.AcrossTenants"/>.
/// </summary>
public sealed class TenantScope
{
    /// <summary>No tenant: for tables that belong to the installation, and for statements across tenants.</summary>
    public static readonly TenantScope None = new("");

    /// <summary>All: for migrations, and for the one statement that says so.</summary>
    internal static readonly TenantScope Everyone = new("*");

    private TenantScope(string setting) => Setting = setting;

    /// <summary>As the policies read it.</summary>
    internal string Setting { get; }

    /// <summary>The tenants of all of them.</summary>
    internal static TenantScope Of(IEnumerable<TenantScope> scopes) => new($"{{{string.Join(',', scopes.Select(scope => scope.Setting.Trim('{', '}')).Distinct())}}}");

    public static TenantScope Of(Guid tenant) => new($"{{{tenant}}}");

    public static TenantScope Of(IEnumerable<Guid> tenants) => new($"{{{string.Join(',', tenants)}}}");
}
