using System.Reflection;
using System.Text.RegularExpressions;

namespace Mailstead.Architecture.Settings;

/// <summary>An Options class: its section, and what its source says of it and of each of its settings.</summary>
internal sealed partial record OptionsClass(string Section, string Summary, IReadOnlyList<OptionsSetting> Settings)
{
    /// <summary>In the order of their sections.</summary>
    public static readonly IReadOnlyList<OptionsClass> All =
        [.. RepositoryFiles.CSharp.Where(path => path.StartsWith("services/", StringComparison.Ordinal) && path.EndsWith("Options.cs", StringComparison.Ordinal))
            .Where(path => !path.EndsWith("/InstallationOptions.cs", StringComparison.Ordinal))
            .Select(Read).OrderBy(options => options.Section, StringComparer.Ordinal)];

    private static OptionsClass Read(string path)
    {
        var source = RepositoryFiles.Read(path);
        var name = Path.GetFileNameWithoutExtension(path);
        var type = Assembly.Load("Mailstead." + ProjectOf(path)).GetTypes().Single(type => type.Name == name);
        var section = name == "S3Options" ? "Bodies:S3" : name[..^"Options".Length];
        var defaults = Activator.CreateInstance(type)!;
        var settings = type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Select(property => new OptionsSetting($"{section}:{property.Name}", property, property.GetValue(defaults), SummaryOf(source, $@"public [\w<>, ]+ {property.Name} \{{")));
        return new OptionsClass(section, SummaryOf(source, $"class {name}\\b"), [.. settings]);
    }

    /// <summary>services/lib/Hosting/… and services/Imap/… alike.</summary>
    private static string ProjectOf(string path) => path.Split('/') is [_, "lib", var library, ..] ? library : path.Split('/')[1];

    /// <summary>The comment that stands before a declaration, attributes between them left out, as Markdown.</summary>
    private static string SummaryOf(string source, string declaration)
    {
        var match = Regex.Match(source, @"((?:^[ ]*///.*\n)+)(?:^[ ]*\[.*\n)*^[^/\n]*" + declaration, RegexOptions.Multiline);
        if (!match.Success)
            return "";
        var text = Summary_().Match(string.Join(' ', match.Groups[1].Value.Split('\n').Select(line => line.Trim().TrimStart('/').Trim()))).Groups[1].Value;
        text = Reference().Replace(text, reference => $"`{reference.Groups[1].Value.Split('.')[^1]}`");
        return Code().Replace(text, "`$1`").Replace("&lt;", "<", StringComparison.Ordinal).Replace("&gt;", ">", StringComparison.Ordinal)
            .Replace("&amp;", "&", StringComparison.Ordinal).Replace("|", "\\|", StringComparison.Ordinal).Trim();
    }

    [GeneratedRegex("<summary>(.*)</summary>")]
    private static partial Regex Summary_();

    [GeneratedRegex("<see cref=\"([^\"]+)\"/>")]
    private static partial Regex Reference();

    [GeneratedRegex("<c>(.*?)</c>")]
    private static partial Regex Code();
}
