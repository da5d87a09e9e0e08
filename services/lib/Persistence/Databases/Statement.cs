namespace Mailstead.Persistence.Databases;

/// <summary>
/// One SQL statement of a hot path, prepared once per connection. Parameters are <c>@name</c>, bound in the order in which
/// they first appear; values may be <see cref="Guid"/>, <see cref="long"/>, <see cref="int"/>, <see cref="bool"/>,
/// <see cref="string"/>, <c>byte[]</c> or null. Keep instances in static readonly fields.
/// </summary>
public sealed class Statement
{
    public Statement(string sql)
    {
        Sql = sql;
        (Numbered, Parameters) = ParameterNames.Number(sql);
    }

    public string Sql { get; }

    internal IReadOnlyList<string> Parameters { get; }

    /// <summary>With <c>$1</c> … in place of names, as PostgreSQL takes it without reading it over first.</summary>
    internal string Numbered { get; }

    internal bool IsAcrossTenants { get; private init; }

    /// <summary>
    /// A statement that looks over all tenants, whatever the scope of its unit: what finds work that is due, or to whom an address
    /// belongs. Few; a test lists them with their reasons.
    /// </summary>
    public static Statement AcrossTenants(string sql) => new(sql) { IsAcrossTenants = true };
}
