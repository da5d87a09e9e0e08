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
        Parameters = ParameterNames.Of(sql);
    }

    public string Sql { get; }

    internal IReadOnlyList<string> Parameters { get; }
}
