namespace Mailstead.Policies;

/// <summary>What policies say together.</summary>
public enum PolicyDecision
{
    /// <summary>Nothing allows it.</summary>
    ImplicitDeny,

    /// <summary>A statement denies it, whatever others allow.</summary>
    ExplicitDeny,

    Allow,
}

/// <summary>Judges a request by the policies of whoever makes it, or of what it is about.</summary>
public static class PolicyEvaluation
{
    public static PolicyDecision Decide(IEnumerable<PolicyDocument> policies, PolicyRequest request) => Decide(policies, request, _ => true);

    /// <summary>By the policy of a resource.</summary>
    /// <param name="isMeant">Whether a statement's principals (kind, such as AWS, and value) are the one who asks.</param>
    public static PolicyDecision Decide(PolicyDocument policy, PolicyRequest request, Func<string, string, bool> isMeant) => Decide(
        [policy], request, statement => statement.Principals.Any(kind => kind.Value.Any(value => isMeant(kind.Key, value))));

    private static PolicyDecision Decide(IEnumerable<PolicyDocument> policies, PolicyRequest request, Predicate<PolicyStatement> isAbout)
    {
        var decision = PolicyDecision.ImplicitDeny;
        foreach (var policy in policies)
        {
            foreach (var statement in policy.Statements)
            {
                if (!isAbout(statement) || !Applies(policy, statement, request))
                    continue;
                if (!statement.IsAllow)
                    return PolicyDecision.ExplicitDeny;
                decision = PolicyDecision.Allow;
            }
        }

        return decision;
    }

    private static bool Applies(PolicyDocument policy, PolicyStatement statement, PolicyRequest request)
    {
        var variables = policy.HasVariables ? request : null;
        return statement.Actions.Any(action => Pattern.Matches(action, request.Action, null, ignoresCase: true)) != statement.IsNotAction
            && statement.Resources.Any(resource => Pattern.Matches(resource, request.Resource, variables)) != statement.IsNotResource
            && statement.Conditions.All(condition =>
                condition.Operator.IsMet(condition.Values, request.ValuesOf(condition.Key), request, policy.HasVariables));
    }
}
