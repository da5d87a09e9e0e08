namespace Mailstead.Directories.Iam.Policies;

/// <summary>What policies say together.</summary>
internal enum PolicyDecision
{
    /// <summary>Nothing allows it.</summary>
    ImplicitDeny,

    /// <summary>A statement denies it, whatever others allow.</summary>
    ExplicitDeny,

    Allow,
}

/// <summary>Judges a request by the policies of whoever makes it.</summary>
internal static class PolicyEvaluation
{
    public static PolicyDecision Decide(IEnumerable<PolicyDocument> policies, PolicyRequest request)
    {
        var decision = PolicyDecision.ImplicitDeny;
        foreach (var policy in policies)
        {
            foreach (var statement in policy.Statements)
            {
                if (!Applies(policy, statement, request))
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
