using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Mailstead.Hosting;
using Microsoft.Extensions.Configuration;

namespace Mailstead.Host.CommandLine;

/// <summary>Makes one checked whole of the command line, the environment and the settings file.</summary>
internal static partial class SettingsReader
{
    private const string Prefix = "MAILSTEAD_";

    /// <exception cref="SettingException">A setting is unknown or its value is not allowed.</exception>
    public static IConfiguration Read(
        IReadOnlyDictionary<string, string?> commandLine, IReadOnlyDictionary<string, string> environment, string? settingsFile)
    {
        var builder = new ConfigurationBuilder();
        if (settingsFile is not null)
            AddFile(builder, settingsFile);
        builder.AddInMemoryCollection(FromEnvironment(environment));
        builder.AddInMemoryCollection(commandLine.Where(option => option.Value is not null));
        var settings = builder.Build();
        SectionNames.Check(settings);
        return settings;
    }

    /// <exception cref="SettingException">A value is not allowed.</exception>
    public static InstallationOptions ToInstallation(IConfiguration settings, IReadOnlyList<string> roles) => new()
    {
        DataDirectory = Path.GetFullPath(Text(settings, KnownSettings.Data)),
        PortBase = PortBase(settings),
        Listen = Listen(settings),
        Dns = Dns(settings),
        Hostname = Matching(settings, KnownSettings.Hostname, Hostname(), "a host name"),
        Region = Matching(settings, KnownSettings.Region, Region(), "lower-case letters, digits and hyphens"),
        AccountId = Matching(settings, KnownSettings.AccountId, TwelveDigits(), "twelve digits"),
        TestDomainSuffix = Matching(settings, KnownSettings.TestDomainSuffix, Hostname(), "a domain name"),
        Roles = Roles(settings, roles),
    };

    public static bool IsOn(IConfiguration settings, Setting flag)
    {
        var value = settings[flag.Key] ?? "false";
        return bool.TryParse(value, out var isOn) ? isOn : throw SettingException.For(flag, value, "true or false");
    }

    private static void AddFile(ConfigurationBuilder builder, string path)
    {
        if (!File.Exists(path))
            throw new SettingException($"--settings is '{path}'; allowed: a JSON file; {(Directory.Exists(path) ? "this is a folder" : "there is no such file")}");
        try
        {
            builder.AddJsonFile(Path.GetFullPath(path), optional: false);
            RefuseUnknown(new ConfigurationBuilder().AddJsonFile(Path.GetFullPath(path)).Build(), path);
        }
        catch (Exception failure) when (failure.GetBaseException() is UnauthorizedAccessException or IOException)
        {
            throw new SettingException($"--settings is '{path}'; allowed: a JSON file that this user can read: {failure.GetBaseException().Message}");
        }
        catch (Exception failure) when (failure is InvalidDataException or JsonException or FormatException)
        {
            throw new SettingException($"--settings is '{path}'; it is not valid JSON: {failure.InnerException?.Message ?? failure.Message}");
        }
    }

    private static void RefuseUnknown(IConfiguration file, string path)
    {
        foreach (var key in file.GetChildren().Select(child => child.Key).Where(key => !IsKnown(key)))
            throw new SettingException($"'{key}' in {path} is no setting; allowed: {Allowed()}");
    }

    private static IEnumerable<KeyValuePair<string, string?>> FromEnvironment(IReadOnlyDictionary<string, string> environment)
    {
        foreach (var (variable, value) in environment)
        {
            if (!variable.StartsWith(Prefix, StringComparison.Ordinal) || variable == Prefix + "SETTINGS")
                continue;
            var name = variable[Prefix.Length..];
            var key = name.Contains("__", StringComparison.Ordinal)
                ? name.Replace("__", ":", StringComparison.Ordinal)
                : name.Replace("_", "", StringComparison.Ordinal);
            if (!IsKnown(key.Split(':')[0]))
                throw new SettingException($"{variable} is no setting; allowed: {Allowed()}");
            yield return new(key, value);
        }
    }

    private static bool IsKnown(string key) =>
        KnownSettings.Sections.Contains(key)
        || KnownSettings.All.Any(setting => string.Equals(setting.Key, key, StringComparison.OrdinalIgnoreCase));

    private static string Allowed() =>
        string.Join(", ", KnownSettings.All.Select(setting => setting.Key))
        + "; sections " + string.Join(", ", KnownSettings.Sections);

    private static string Text(IConfiguration settings, Setting setting) =>
        settings[setting.Key] is { } value
            ? value.Length > 0 && !value.Any(char.IsControl) ? value : throw SettingException.For(setting, value, "not empty, no control characters")
            : setting.Default;

    private static string Matching(IConfiguration settings, Setting setting, Regex pattern, string allowed)
    {
        var value = Text(settings, setting);
        return pattern.IsMatch(value) ? value : throw SettingException.For(setting, value, allowed);
    }

    private static int PortBase(IConfiguration settings)
    {
        var value = Text(settings, KnownSettings.PortBase);
        // The highest well-known port is 7443 (calls between roles).
        return int.TryParse(value, out var port) && port is >= 0 and <= 58092
            ? port
            : throw SettingException.For(KnownSettings.PortBase, value, "a number from 0 to 58092");
    }

    private static IPAddress Listen(IConfiguration settings)
    {
        var value = Text(settings, KnownSettings.Listen);
        return IPAddress.TryParse(value, out var address)
            ? address
            : throw SettingException.For(KnownSettings.Listen, value, "an IP address, 0.0.0.0 or :: for all");
    }

    private static IPEndPoint? Dns(IConfiguration settings)
    {
        var value = settings[KnownSettings.Dns.Key];
        if (string.IsNullOrEmpty(value))
            return null;
        return IPEndPoint.TryParse(value, out var resolver)
            ? new IPEndPoint(resolver.Address, resolver.Port == 0 ? 53 : resolver.Port)
            : throw SettingException.For(KnownSettings.Dns, value, "an IP address with an optional port, such as 127.0.0.1:53");
    }

    private static HashSet<string> Roles(IConfiguration settings, IReadOnlyList<string> known)
    {
        var value = Text(settings, KnownSettings.Roles);
        if (value == "all")
            return [.. known];
        var chosen = value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (chosen.Length == 0 || chosen.Any(role => !known.Contains(role)))
            throw SettingException.For(KnownSettings.Roles, value, "all, or some of " + string.Join(",", known));
        return [.. chosen];
    }

    [GeneratedRegex(@"^(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$")]
    private static partial Regex Hostname();

    [GeneratedRegex("^[a-z0-9-]{1,32}$")]
    private static partial Regex Region();

    [GeneratedRegex("^[0-9]{12}$")]
    private static partial Regex TwelveDigits();
}
