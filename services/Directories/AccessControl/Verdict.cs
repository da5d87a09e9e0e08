using Effect = Mailstead.Contracts.Admin.V1.AccessEffect.Types.Value;

namespace Mailstead.Directories.AccessControl;

/// <summary>What rules say together, and which of them decided.</summary>
internal sealed record Verdict<TRule>(bool IsAllowed, IReadOnlyList<TRule> Decisive)
{
    public Effect Effect => IsAllowed ? Effect.Allow : Effect.Deny;
}

/// <summary>How rules of every kind are judged.</summary>
internal static class Verdict
{
    /// <summary>A matching DENY denies, else a matching ALLOW allows, else access is denied.</summary>
    public static Verdict<TRule> Of<TRule>(IEnumerable<TRule> rules, Func<TRule, bool> matches, Func<TRule, Effect> effectOf)
    {
        var matching = rules.Where(matches).ToLookup(effectOf);
        return matching.Contains(Effect.Deny)
            ? new Verdict<TRule>(false, [.. matching[Effect.Deny]])
            : new Verdict<TRule>(matching.Contains(Effect.Allow), [.. matching[Effect.Allow]]);
    }
}
