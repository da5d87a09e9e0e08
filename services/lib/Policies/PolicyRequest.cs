namespace Mailstead.Policies;

/// <summary>What somebody asks for.</summary>
/// <param name="Action"><c>workmail:ListUsers</c></param>
/// <param name="Resource">An ARN, or <c>*</c> of an operation that is about none.</param>
/// <param name="Context">Condition keys and their values; keys in any case.</param>
public sealed record PolicyRequest(string Action, string Resource, IReadOnlyDictionary<string, IReadOnlyList<string>> Context)
{
    public static Dictionary<string, IReadOnlyList<string>> NewContext() => new(StringComparer.OrdinalIgnoreCase);

    public IReadOnlyList<string>? ValuesOf(string key) => Context.GetValueOrDefault(key);
}
