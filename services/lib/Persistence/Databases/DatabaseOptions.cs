using Microsoft.Extensions.Options;
using Npgsql;

namespace Mailstead.Persistence.Databases;

/// <summary>Section <c>Database</c>: where tables are.</summary>
public sealed class DatabaseOptions
{
    /// <summary>
    /// Connection string of Npgsql: <c>Host=…;Database=…;Username=…;Password=…</c>; several hosts (<c>Host=a,b</c>) are a primary and its
    /// standbys. Row-level security must hold for the role: no SUPERUSER, no BYPASSRLS. Empty: SQLite files in the data directory.
    /// </summary>
    public string PostgreSql { get; set; } = "";

    /// <summary>
    /// The same database under the role that owns the tables and changes them when a version does; <see cref="PostgreSql"/> then names
    /// one that may only use them. Empty: one role is both.
    /// </summary>
    public string Owner { get; set; } = "";

    /// <summary>PEM file: the authorities that the server's certificate must come from, for the very host that is asked.</summary>
    public string Authorities { get; set; } = "";

    internal string ConnectionString(string chosen, string schema)
    {
        var settings = new NpgsqlConnectionStringBuilder(chosen)
        {
            SearchPath = schema,
            MaxAutoPrepare = 200,
            AutoPrepareMinUsages = 2,
            // Whatever a unit sets ends with its transaction: there is nothing to reset, and a reset costs every unit.
            NoResetOnClose = true,
        };
        if (Authorities.Length > 0)
            (settings.RootCertificate, settings.SslMode) = (Authorities, SslMode.VerifyFull);
        return settings.ToString();
    }
}

/// <summary>Reads connection strings as the client will.</summary>
public sealed class DatabaseOptionsValidator : IValidateOptions<DatabaseOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, DatabaseOptions options)
    {
        if (Wrong("Database:PostgreSql", options.PostgreSql) is { } wrong)
            return ValidateOptionsResult.Fail(wrong);
        if (Wrong("Database:Owner", options.Owner) is { } wrongOwner)
            return ValidateOptionsResult.Fail(wrongOwner);
        return options.Authorities.Length == 0 || File.Exists(options.Authorities)
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail($"Database:Authorities is '{options.Authorities}'; allowed: a PEM file");
    }

    private static string? Wrong(string setting, string value)
    {
        if (value.Length == 0)
            return null;
        try
        {
            return new NpgsqlConnectionStringBuilder(value).Host is { Length: > 0 } ? null : $"{setting} names no Host";
        }
        catch (ArgumentException)
        {
            // Not the value itself: it has a password.
            return $"{setting} is wrong; allowed: a connection string of Npgsql, such as Host=…;Database=…;Username=…;Password=…";
        }
    }
}
