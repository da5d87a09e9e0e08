using System.Globalization;
using System.Net;

namespace Mailstead.Policies;

/// <summary>An operator of a condition: what it compares, and how many of a key's values have to meet it.</summary>
/// <param name="Test">Whether a value of the request meets one of the policy.</param>
/// <param name="IsNegated">Met by what <paramref name="Test"/> does not meet, and by a key that is not there.</param>
/// <param name="IfExists">Met when the key is not there.</param>
public sealed record ConditionOperator(string Name, ValueTest? Test, bool IsNegated, bool IfExists, Quantity Quantity)
{
    private const string IfExistsSuffix = "IfExists";

    private static readonly Dictionary<string, (ValueTest Test, bool IsNegated)> Known = new(StringComparer.Ordinal)
    {
        ["StringEquals"] = (Exact(StringComparison.Ordinal), false),
        ["StringNotEquals"] = (Exact(StringComparison.Ordinal), true),
        ["StringEqualsIgnoreCase"] = (Exact(StringComparison.OrdinalIgnoreCase), false),
        ["StringNotEqualsIgnoreCase"] = (Exact(StringComparison.OrdinalIgnoreCase), true),
        ["StringLike"] = ((wanted, given, request) => Pattern.Matches(wanted, given, request), false),
        ["StringNotLike"] = ((wanted, given, request) => Pattern.Matches(wanted, given, request), true),
        ["ArnEquals"] = (Pattern.MatchesArn, false),
        ["ArnLike"] = (Pattern.MatchesArn, false),
        ["ArnNotEquals"] = (Pattern.MatchesArn, true),
        ["ArnNotLike"] = (Pattern.MatchesArn, true),
        ["NumericEquals"] = (Numeric(order => order == 0), false),
        ["NumericNotEquals"] = (Numeric(order => order == 0), true),
        ["NumericLessThan"] = (Numeric(order => order < 0), false),
        ["NumericLessThanEquals"] = (Numeric(order => order <= 0), false),
        ["NumericGreaterThan"] = (Numeric(order => order > 0), false),
        ["NumericGreaterThanEquals"] = (Numeric(order => order >= 0), false),
        ["DateEquals"] = (Date(order => order == 0), false),
        ["DateNotEquals"] = (Date(order => order == 0), true),
        ["DateLessThan"] = (Date(order => order < 0), false),
        ["DateLessThanEquals"] = (Date(order => order <= 0), false),
        ["DateGreaterThan"] = (Date(order => order > 0), false),
        ["DateGreaterThanEquals"] = (Date(order => order >= 0), false),
        ["Bool"] = (Exact(StringComparison.OrdinalIgnoreCase), false),
        ["BinaryEquals"] = (Exact(StringComparison.Ordinal), false),
        ["IpAddress"] = (IsIn, false),
        ["NotIpAddress"] = (IsIn, true),
    };

    /// <summary>Null: there is no such operator.</summary>
    public static ConditionOperator? Find(string name)
    {
        var rest = name;
        var quantity = Quantity.One;
        if (rest.StartsWith("ForAllValues:", StringComparison.Ordinal))
            (quantity, rest) = (Quantity.All, rest["ForAllValues:".Length..]);
        else if (rest.StartsWith("ForAnyValue:", StringComparison.Ordinal))
            (quantity, rest) = (Quantity.Any, rest["ForAnyValue:".Length..]);
        if (rest == "Null" && quantity == Quantity.One)
            return new ConditionOperator(name, null, false, false, quantity);
        var ifExists = rest.EndsWith(IfExistsSuffix, StringComparison.Ordinal);
        var found = Known.TryGetValue(ifExists ? rest[..^IfExistsSuffix.Length] : rest, out var known);
        return found ? new ConditionOperator(name, known.Test, known.IsNegated, ifExists, quantity) : null;
    }

    public bool IsMet(IReadOnlyList<string> wanted, IReadOnlyList<string>? given, PolicyRequest request, bool hasVariables)
    {
        if (Test is null)
            return wanted.Any(value => value.Equals("true", StringComparison.OrdinalIgnoreCase) == (given is null or []));
        if (given is null or [])
            return IfExists || Quantity == Quantity.All || (IsNegated && Quantity == Quantity.One);
        var variables = hasVariables ? request : null;
        bool IsMetBy(string value) => wanted.Any(one => Test(one, value, variables)) != IsNegated;
        // Several values of a key that was meant to have one: a negated operator must hold for each, another for one.
        return Quantity == Quantity.All || (Quantity == Quantity.One && IsNegated) ? given.All(IsMetBy) : given.Any(IsMetBy);
    }

    private static ValueTest Exact(StringComparison comparison) =>
        (wanted, given, request) => Pattern.Resolve(wanted, request) is { } value && value.Equals(given, comparison);

    private static ValueTest Numeric(Predicate<int> isRight) => (wanted, given, request) =>
        decimal.TryParse(Pattern.Resolve(wanted, request), NumberStyles.Float, CultureInfo.InvariantCulture, out var limit)
        && decimal.TryParse(given, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && isRight(value.CompareTo(limit));

    private static ValueTest Date(Predicate<int> isRight) => (wanted, given, request) =>
        TryDate(Pattern.Resolve(wanted, request), out var limit) && TryDate(given, out var value) && isRight(value.CompareTo(limit));

    /// <summary>ISO 8601, or seconds since the epoch.</summary>
    private static bool TryDate(string? text, out DateTimeOffset date)
    {
        if (!long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var seconds))
            return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out date);
        var isInRange = seconds is >= -62_135_596_800 and <= 253_402_300_799;
        date = isInRange ? DateTimeOffset.FromUnixTimeSeconds(seconds) : default;
        return isInRange;
    }

    private static bool IsIn(string wanted, string given, PolicyRequest? request)
    {
        if (Pattern.Resolve(wanted, request) is not { } network || !IPAddress.TryParse(given, out var address))
            return false;
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return network.Contains('/', StringComparison.Ordinal)
            ? Cidr.TryParse(network, out var parsed) && parsed.Contains(plain)
            : IPAddress.TryParse(network, out var one) && one.Equals(plain);
    }
}

/// <summary>Whether a value of the request meets one of the policy.</summary>
/// <param name="request">For variables; null: there are none.</param>
public delegate bool ValueTest(string wanted, string given, PolicyRequest? request);

/// <summary>How many of a key's values have to meet a condition.</summary>
public enum Quantity
{
    One,
    All,
    Any,
}
