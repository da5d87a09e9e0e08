using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Mailstead.Host.CommandLine;

/// <summary>Says of a service's own setting what an operator needs: its whole name, its value, what is allowed.</summary>
internal static partial class SettingRefusals
{
    /// <summary>Annotations know the property only. Its section is the service's name, which its options class begins with.</summary>
    public static SettingException Explain(OptionsValidationException wrong, IConfiguration settings) =>
        new(string.Join('\n', wrong.Failures.Select(failure => Explain(failure, wrong.OptionsType, settings))));

    /// <summary>The binder knows the setting, its value and its type.</summary>
    public static SettingException Explain(InvalidOperationException wrong, IConfiguration settings)
    {
        if (Unconvertible().Match(wrong.Message) is { Success: true } match)
        {
            var (value, key, type) = (match.Groups[1].Value, match.Groups[2].Value, match.Groups[3].Value);
            return new($"{key} is '{value}'; allowed: {Allowed(type)}");
        }

        // What else is read as it is: the levels of logging.
        var level = settings.GetSection("Logging").AsEnumerable()
            .FirstOrDefault(pair => pair.Value is { } value && wrong.Message.Contains($"'{value}'", StringComparison.Ordinal));
        return new($"{level.Key ?? "A setting"} is '{level.Value}'; allowed: {string.Join(", ", Enum.GetNames<LogLevel>())}");
    }

    private static string Explain(string failure, Type options, IConfiguration settings)
    {
        if (Annotation().Match(failure) is not { Success: true } match)
            return failure;
        var section = settings.GetSection($"{options.Name[..^"Options".Length]}:{match.Groups[1].Value}");
        var value = section.Value ?? string.Join(", ", section.GetChildren().Select(child => child.Value));
        return $"{section.Path} is '{value}'; it {match.Groups[2].Value}";
    }

    private static string Allowed(string typeName)
    {
        var type = Type.GetType(typeName)
            ?? AppDomain.CurrentDomain.GetAssemblies().Select(assembly => assembly.GetType(typeName)).FirstOrDefault(found => found is not null);
        if (type is { IsEnum: true })
            return string.Join(", ", Enum.GetNames(type));
        if (type == typeof(TimeSpan))
            return "a time such as 00:05:00 (hours, minutes, seconds) or 1.00:00:00 (days before them)";
        return type == typeof(bool) ? "true or false" : "a number";
    }

    [GeneratedRegex("configuration value '(.*)' at '(.*)' to type '(.*)'")]
    private static partial Regex Unconvertible();

    [GeneratedRegex(@"^(\w+): The field \S+ (.*)$")]
    private static partial Regex Annotation();
}
