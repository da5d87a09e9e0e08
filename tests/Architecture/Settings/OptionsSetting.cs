using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;

namespace Mailstead.Architecture.Settings;

/// <summary>One setting, in words for operators.</summary>
internal sealed record OptionsSetting(string Path, PropertyInfo Property, object? Default, string Summary)
{
    public string Type => (Nullable.GetUnderlyingType(Property.PropertyType) ?? Property.PropertyType) switch
    {
        { IsEnum: true } type => string.Join(", ", Enum.GetNames(type)),
        var type when type == typeof(string) => "text",
        var type when type == typeof(bool) => "true or false",
        var type when type == typeof(TimeSpan) => "time",
        var type when type == typeof(int) || type == typeof(long) => "number",
        var type when type == typeof(double) => "number with fractions",
        var type when typeof(IDictionary).IsAssignableFrom(type) => "texts by name",
        var type when typeof(IEnumerable).IsAssignableFrom(type) => "list",
        var type => throw new NotSupportedException($"{Path} is a {type}: say here what that is for an operator"),
    };

    public string DefaultText => Default switch
    {
        null or "" => "empty",
        bool isOn => isOn ? "true" : "false",
        TimeSpan time => time.ToString("c", CultureInfo.InvariantCulture),
        string text => $"`{text}`",
        IEnumerable => "empty",
        var value => string.Create(CultureInfo.InvariantCulture, $"{value}"),
    };

    /// <summary>What its annotations let through.</summary>
    public string Allowed => string.Join("; ", Property.GetCustomAttributes<ValidationAttribute>().Select(rule => rule switch
    {
        RangeAttribute range => string.Create(CultureInfo.InvariantCulture, $"{range.Minimum} to {range.Maximum}"),
        StringLengthAttribute length => $"at most {length.MaximumLength} characters",
        RegularExpressionAttribute pattern => $"`{pattern.Pattern.Replace("|", "\\|", StringComparison.Ordinal)}`",
        _ => rule.FormatErrorMessage("").Split(" must ", 2)[^1].TrimEnd('.'),
    }));
}
