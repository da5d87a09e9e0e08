namespace Mailstead.Policies;

/// <summary>A policy as IAM writes it (Version 2012-10-17, or the older 2008-10-17, which has no variables).</summary>
/// <param name="HasVariables">Whether <c>${…}</c> stands for something.</param>
public sealed record PolicyDocument(bool HasVariables, IReadOnlyList<PolicyStatement> Statements);

/// <summary>One statement: it applies to a request when all of its parts match.</summary>
public sealed record PolicyStatement
{
    public string Sid { get; init; } = "";

    public required bool IsAllow { get; init; }

    /// <summary>Patterns, in any case. Of what is not in the list when <see cref="IsNotAction"/>.</summary>
    public required IReadOnlyList<string> Actions { get; init; }

    public bool IsNotAction { get; init; }

    /// <summary>Patterns. Empty in a trust policy, which is about the role that has it.</summary>
    public IReadOnlyList<string> Resources { get; init; } = [];

    public bool IsNotResource { get; init; }

    /// <summary>By kind (AWS, Service, Federated); empty in a policy of an identity, which is about whoever has it.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Principals { get; init; } = new Dictionary<string, IReadOnlyList<string>>();

    public IReadOnlyList<PolicyCondition> Conditions { get; init; } = [];
}

/// <summary>One operator about one key: any of the values meets it; of a negated operator, none may.</summary>
public sealed record PolicyCondition(ConditionOperator Operator, string Key, IReadOnlyList<string> Values);
