using System.Reflection;
using Mailstead.Hosting.Grpc.Remote;
using Mailstead.Persistence.Bodies.S3;
using Mailstead.Persistence.Databases;
using Microsoft.Extensions.Configuration;
using Npgsql;

namespace Mailstead.Host.CommandLine;

/// <summary>
/// Refuses misspelt names in sections that no service reads whole, as each service does in its own: the default would be in force
/// without anybody noticing.
/// </summary>
internal static class SectionNames
{
    private static readonly Dictionary<string, IReadOnlyList<string>> Allowed = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Bodies"] = ["S3"],
        ["Bodies:S3"] = NamesOf(typeof(S3Options)),
        ["Database"] = NamesOf(typeof(DatabaseOptions)),
        ["Services"] = NamesOf(typeof(ServicesOptions)),
    };

    static SectionNames()
    {
        foreach (var section in KnownSettings.Bare.GroupBy(setting => setting.Section))
            Allowed.Add(section.Key, [.. section.Select(setting => setting.Name)]);
    }

    /// <exception cref="SettingException">A name is unknown, or the database's connection string is none.</exception>
    public static void Check(IConfiguration settings)
    {
        foreach (var (section, allowed) in Allowed)
        {
            var wrong = settings.GetSection(section).GetChildren().FirstOrDefault(child => !allowed.Contains(child.Key, StringComparer.OrdinalIgnoreCase));
            if (wrong is not null)
                throw new SettingException($"{wrong.Path} is no setting; allowed: {string.Join(", ", allowed.Select(name => $"{section}:{name}"))}");
        }

        try
        {
            _ = new NpgsqlConnectionStringBuilder(settings["Database:PostgreSql"]);
        }
        catch (Exception failure) when (failure is ArgumentException or FormatException or KeyNotFoundException)
        {
            // Not the value itself: it has a password.
            throw new SettingException(
                "Database:PostgreSql is wrong; allowed: a connection string of Npgsql, such as Host=…;Database=…;Username=…;Password=…");
        }
    }

    private static IReadOnlyList<string> NamesOf(Type options) =>
        [.. options.GetProperties(BindingFlags.Public | BindingFlags.Instance).Select(property => property.Name)];
}
