using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Mailstead.Admin.Aws;
using Mailstead.Contracts.Admin.V1;

namespace Mailstead.Admin;

/// <summary>Checks a request against the rules that its contract states, for every face, before it is forwarded.</summary>
internal static class RequestRules
{
    private static readonly Rules Unruled = new();
    private static readonly TimeSpan PatternTimeout = TimeSpan.FromMilliseconds(100);
    private static readonly ConcurrentDictionary<string, Regex> Patterns = new(StringComparer.Ordinal);

    /// <summary>Null: it keeps them. Else what to change.</summary>
    public static string? FindBreach(IMessage message, string path = "")
    {
        foreach (var field in message.Descriptor.Fields.InDeclarationOrder())
        {
            var rules = field.GetOptions()?.GetExtension(RulesExtensions.Rules);
            var name = AwsJson.NameOf(field);
            var member = path.Length == 0 ? char.ToLowerInvariant(name[0]) + name[1..] : $"{path}.{char.ToLowerInvariant(name[0])}{name[1..]}";
            if (Check(message, field, rules, member) is { } breach)
                return breach;
        }

        return null;
    }

    /// <summary>Of a list as it was sent, before it is part of a message. Null: it keeps the rules.</summary>
    /// <param name="path">Members in PascalCase, separated by dots.</param>
    /// <param name="count">Null: it was left out.</param>
    public static string? FindListBreach(FieldDescriptor field, string path, int? count)
    {
        var rules = field.GetOptions()?.GetExtension(RulesExtensions.Rules);
        var member = string.Join('.', path.Split('.').Select(name => char.ToLowerInvariant(name[0]) + name[1..]));
        if (count is null)
            return rules is { Required: true } ? Breach("null", member, "Member must not be null", quote: false) : null;
        return rules is { HasItemsMin: true } && count < rules.ItemsMin
            ? Breach("[]", member, $"Member must have length greater than or equal to {rules.ItemsMin}")
            : null;
    }

    private static string? Check(IMessage message, FieldDescriptor field, Rules? rules, string member)
    {
        if (field.IsMap)
            return null;
        if (field.IsRepeated)
        {
            var list = (System.Collections.IList)field.Accessor.GetValue(message);
            if (rules is { HasItemsMax: true } && list.Count > rules.ItemsMax)
                return Breach(list.Count.ToString(System.Globalization.CultureInfo.InvariantCulture), member, $"Member must have length less than or equal to {rules.ItemsMax}");
            return list.Cast<object>().Select(item => CheckValue(item, rules, member)).FirstOrDefault(breach => breach is not null);
        }

        if (field.HasPresence && !field.Accessor.HasValue(message))
            return rules is { Required: true } ? Breach("null", member, "Member must not be null", quote: false) : null;
        return CheckValue(field.Accessor.GetValue(message), rules, member);
    }

    private static string? CheckValue(object value, Rules? rules, string member) => value switch
    {
        IMessage nested when nested.Descriptor.FullName != "google.protobuf.Timestamp" => FindBreach(nested, member),
        string text => CheckText(text, rules ?? Unruled, member),
        ByteString octets when rules is not null => CheckLength(octets.Length, rules, member),
        int number when rules is not null => CheckNumber(number, rules, member),
        long number when rules is not null => CheckNumber(number, rules, member),
        _ => null,
    };

    private static string? CheckLength(int length, Rules rules, string member)
    {
        if (rules.HasLengthMin && length < rules.LengthMin)
            return Breach($"{length} octets", member, $"Member must have length greater than or equal to {rules.LengthMin}");
        return rules.HasLengthMax && length > rules.LengthMax
            ? Breach($"{length} octets", member, $"Member must have length less than or equal to {rules.LengthMax}")
            : null;
    }

    private static string? CheckText(string text, Rules rules, string member)
    {
        var shown = rules.Sensitive ? "***" : text;
        if (rules.HasLengthMin && text.Length < rules.LengthMin)
            return Breach(shown, member, $"Member must have length greater than or equal to {rules.LengthMin}");
        if (rules.HasLengthMax && text.Length > rules.LengthMax)
            return Breach(shown, member, $"Member must have length less than or equal to {rules.LengthMax}");
        if (rules.HasPattern && !PatternOf(rules.Pattern).IsMatch(text))
            return Breach(shown, member, $"Member must satisfy regular expression pattern: {rules.Pattern}");
        return !rules.TakesControls && text.Any(char.IsControl) ? Breach(shown, member, "Member must not have control characters") : null;
    }

    private static string? CheckNumber(long number, Rules rules, string member)
    {
        var shown = number.ToString(System.Globalization.CultureInfo.InvariantCulture);
        if (rules.HasValueMin && number < rules.ValueMin)
            return Breach(shown, member, $"Member must have value greater than or equal to {rules.ValueMin}");
        return rules.HasValueMax && number > rules.ValueMax
            ? Breach(shown, member, $"Member must have value less than or equal to {rules.ValueMax}")
            : null;
    }

    /// <summary>As the contract means it: <c>\w</c> and <c>\d</c> are ASCII, not every alphabet's.</summary>
    private static Regex PatternOf(string pattern) =>
        Patterns.GetOrAdd(pattern, text => new Regex($@"^(?:{text})(?![\s\S])", RegexOptions.ECMAScript, PatternTimeout));

    private static string Breach(string value, string member, string constraint, bool quote = true) =>
        $"1 validation error detected: Value {(quote ? $"'{value}'" : value)} at '{member}' failed to satisfy constraint: {constraint}";
}
