using System.Globalization;
using Mailstead.Contracts.Directories.V1;
using Mailstead.Contracts.Kms.V1;
using Mailstead.Hosting;
using Mailstead.Keys.CustomerKeys;
using Mailstead.Keys.Grants;
using Mailstead.Keys.Providers;
using Mailstead.Persistence.Databases;
using Mailstead.Policies;
using Microsoft.Extensions.DependencyInjection;
using Operation = Mailstead.Contracts.Kms.V1.GrantOperation.Types.Value;

namespace Mailstead.Keys.Kms;

/// <summary>
/// Who may do what with a key. A denial in the key's policy or in the caller's own ends it. Else it takes an allowance: of the key's policy
/// for this principal; of the key's policy for the account together with one of the caller's policies; or a grant.
/// </summary>
internal sealed class KeyAccess(
    [FromKeyedServices("keys")] Database database, DirectoriesApi.DirectoriesApiClient directories, GrantTable grants, KeyPolicies policies,
    InstallationOptions installation, TimeProvider clock)
{
    private const int GrantsMax = 50_000;

    /// <exception cref="Grpc.Core.RpcException">AccessDeniedException.</exception>
    public async Task RequireAsync(Caller caller, KeyUse use, CancellationToken cancellationToken)
    {
        if (!await IsAllowedAsync(caller, use, cancellationToken))
            throw KmsError.Denied(caller.Arn, use.Operation, use.Key.Arn);
    }

    /// <summary>What is about no key: the caller's policies decide alone.</summary>
    /// <exception cref="Grpc.Core.RpcException">AccessDeniedException.</exception>
    public async Task RequireAsync(Caller caller, string operation, string resource, CancellationToken cancellationToken)
    {
        if (!(await AskIamAsync(caller, operation, resource, ContextOf(caller), cancellationToken)).Allowed)
            throw KmsError.Denied(caller.Arn, operation, resource);
    }

    /// <summary>Whether a policy would leave the caller able to change it again.</summary>
    public async Task<bool> KeepsControlAsync(Caller caller, CustomerKey key, PolicyDocument policy, CancellationToken cancellationToken) =>
        await IsAllowedByPoliciesAsync(caller, new KeyUse("PutKeyPolicy", key), policy, cancellationToken) == PolicyDecision.Allow;

    /// <summary>Why Mailstead itself may not use a key for an organization, or null.</summary>
    public async Task<Refusal?> FindRefusalAsync(
        CustomerKey key, string organizationArn, bool isOwnGrantRevoked, Operation operation, CancellationToken cancellationToken)
    {
        if (key.Refusal is { } refusal)
            return refusal;
        var context = EncryptionContext.Organization(organizationArn);
        var use = new KeyUse(operation.ToString(), key, context);
        if (isOwnGrantRevoked && !await IsGrantedAsync(grants.Service, use, operation, cancellationToken))
        {
            return new(
                Grpc.Core.StatusCode.FailedPrecondition, $"The grant to use key {key.Arn} for {organizationArn} is revoked: grant it again");
        }

        var request = RequestOf(null, use);
        return PolicyEvaluation.Decide(policies.Of(key), request, IsService) == PolicyDecision.ExplicitDeny
            ? new(Grpc.Core.StatusCode.FailedPrecondition, $"The policy of key {key.Arn} denies its use for {organizationArn}: change the policy")
            : null;
    }

    private async Task<bool> IsAllowedAsync(Caller caller, KeyUse use, CancellationToken cancellationToken) =>
        await IsAllowedByPoliciesAsync(caller, use, policies.Of(use.Key), cancellationToken) switch
        {
            PolicyDecision.Allow => true,
            PolicyDecision.ExplicitDeny => false,
            _ => Enum.TryParse<Operation>(use.Operation, out var operation)
                && await IsGrantedAsync(caller.Arn, use, operation, cancellationToken),
        };

    private async Task<PolicyDecision> IsAllowedByPoliciesAsync(
        Caller caller, KeyUse use, PolicyDocument policy, CancellationToken cancellationToken)
    {
        var request = RequestOf(caller, use);
        var own = await AskIamAsync(caller, use.Operation, use.Key.Arn, request.Context, cancellationToken);
        var account = PolicyEvaluation.Decide(policy, request, (kind, value) => IsCaller(caller, kind, value) || IsAccount(kind, value));
        if (own.Denied || account == PolicyDecision.ExplicitDeny)
            return PolicyDecision.ExplicitDeny;
        if (account == PolicyDecision.Allow && own.Allowed)
            return PolicyDecision.Allow;
        return PolicyEvaluation.Decide(policy, request, (kind, value) => IsCaller(caller, kind, value));
    }

    private async Task<bool> IsGrantedAsync(string principal, KeyUse use, Operation operation, CancellationToken cancellationToken)
    {
        var given = await database.ReadAsync(
            TenantScope.None, transaction => grants.ListGivenAsync(transaction, use.Key.KeyId, Guid.Empty, GrantsMax), cancellationToken);
        return given.Any(grant => grant.Allows(principal, operation, use.Context) && (use.Given is null || grant.Covers(use.Given)));
    }

    /// <summary>The account's administrator has no policies: IAM allows it everything.</summary>
    private async Task<AuthorizeResponse> AskIamAsync(
        Caller caller, string operation, string resource, IReadOnlyDictionary<string, IReadOnlyList<string>> context, CancellationToken cancellationToken)
    {
        if (caller.IdentityId.Length == 0)
            return new AuthorizeResponse { Allowed = true };
        var question = new AuthorizeRequest { IdentityId = caller.IdentityId, Action = "kms:" + operation, Resource = resource };
        foreach (var (key, values) in context)
            question.Context.Add(new ConditionValues { Key = key, Values = { values } });
        return await directories.AuthorizeAsync(question, cancellationToken: cancellationToken);
    }

    private static bool IsCaller(Caller caller, string kind, string value) => kind == "*" || (kind == "AWS" && (value == "*" || value == caller.Arn));

    private bool IsAccount(string kind, string value) => kind == "AWS" && (value == policies.RootArn || value == installation.AccountId);

    /// <summary>What Mailstead does it does for the account.</summary>
    private bool IsService(string kind, string value) =>
        kind == "*" || (kind == "AWS" && value == "*") || (kind == "Service" && value == grants.Service) || IsAccount(kind, value);

    /// <param name="caller">Null: Mailstead itself.</param>
    private PolicyRequest RequestOf(Caller? caller, KeyUse use)
    {
        var context = caller is null ? PolicyRequest.NewContext() : ContextOf(caller);
        context["kms:CallerAccount"] = [installation.AccountId];
        if (caller is null || caller.ViaService.Length > 0)
            context["kms:ViaService"] = [caller?.ViaService ?? grants.Service];
        context["kms:KeySpec"] = [use.Key.Spec];
        context["kms:KeyUsage"] = ["ENCRYPT_DECRYPT"];
        context["kms:KeyOrigin"] = ["AWS_KMS"];
        foreach (var (name, value) in use.Context.Pairs)
            context[$"kms:EncryptionContext:{name}"] = [value];
        if (use.Context.Pairs.Count > 0)
            context["kms:EncryptionContextKeys"] = [.. use.Context.Pairs.Keys];
        foreach (var tag in use.Key.Record.Tags)
            context[$"aws:ResourceTag/{tag.TagKey}"] = [tag.TagValue];
        foreach (var (name, values) in use.Conditions)
            context[name] = values;
        return new PolicyRequest("kms:" + use.Operation, use.Key.Arn, context);
    }

    private Dictionary<string, IReadOnlyList<string>> ContextOf(Caller caller)
    {
        var now = clock.GetUtcNow();
        var context = PolicyRequest.NewContext();
        context["aws:SourceIp"] = [caller.SourceIp];
        context["aws:UserAgent"] = [caller.UserAgent];
        context["aws:SecureTransport"] = [caller.IsSecure ? "true" : "false"];
        context["aws:RequestedRegion"] = [installation.Region];
        context["aws:PrincipalArn"] = [caller.Arn];
        context["aws:PrincipalAccount"] = [caller.AccountId];
        context["aws:PrincipalType"] = ["User"];
        context["aws:username"] = [caller.Arn[(caller.Arn.LastIndexOf('/') + 1)..]];
        context["aws:CurrentTime"] = [now.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)];
        context["aws:EpochTime"] = [now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)];
        return context;
    }
}
