using Mailstead.Contracts.Directories.V1;
using Mailstead.Directories.Organizations;
using Mailstead.Directories.Tags;
using Mailstead.Hosting;
using Mailstead.Persistence.Databases;
using Mailstead.Persistence.Encryption;
using Mailstead.Policies;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Directories.Iam;

/// <summary>Whether the policies of a user, and of the user's groups, allow a call.</summary>
internal sealed class Authorize(
    [FromKeyedServices("directories")] Database database, DirectoryKeys keys, IamWork work, InstallationOptions installation, TimeProvider clock)
{
    public async Task<AuthorizeResponse> RunAsync(AuthorizeRequest request, CancellationToken cancellationToken)
    {
        if (!Guid.TryParse(request.IdentityId, out var id))
            return new AuthorizeResponse();
        var (user, documents, resource) = await work.ReadAsync(
            async (transaction, key) =>
            {
                var (found, policies) = await ReadAsync(transaction, key, id);
                return (found, policies, await CanonicalizeAsync(transaction, key, request.Resource));
            },
            cancellationToken);
        if (user is null)
            return new AuthorizeResponse();
        var context = PolicyRequest.NewContext();
        foreach (var condition in request.Context)
            context[condition.Key] = [.. condition.Values];
        AddOwn(context, user);
        await AddTagsAsync(context, request.Resource, cancellationToken);
        var decision = PolicyEvaluation.Decide(documents, new PolicyRequest(request.Action, resource, context));
        return new AuthorizeResponse { Allowed = decision == PolicyDecision.Allow, Denied = decision == PolicyDecision.ExplicitDeny };
    }

    /// <summary>
    /// Names of IAM are the same in any case and are asked for without their path; policies, which mind both, are about the one that is meant.
    /// </summary>
    private async ValueTask<string> CanonicalizeAsync(Transaction transaction, DataKey key, string resource)
    {
        var prefix = $"arn:aws:iam::{work.AccountId}:";
        var kind = Enum.GetValues<IamKind>().FirstOrDefault(one => resource.StartsWith($"{prefix}{IamIdentity.WordOf(one)}/", StringComparison.Ordinal));
        return kind != default && await IamTable.FindAsync(transaction, key, kind, resource[(resource.LastIndexOf('/') + 1)..]) is { } found
            ? found.Arn(work.AccountId)
            : resource;
    }

    private async ValueTask<(IamIdentity? User, List<PolicyDocument> Documents)> ReadAsync(
        Transaction transaction, DataKey key, Guid id)
    {
        var documents = new List<PolicyDocument>();
        if (await IamTable.FindAsync(transaction, key, id) is not { Kind: IamKind.User } user)
            return (null, documents);
        var holders = new List<IamIdentity> { user };
        foreach (var group in user.Record.GroupIds)
        {
            if (await IamTable.FindAsync(transaction, key, Guid.Parse(group)) is { } found)
                holders.Add(found);
        }

        foreach (var holder in holders)
        {
            documents.AddRange(holder.Record.InlinePolicies.Values.Select(PolicyReader.ReadIdentityPolicy));
            foreach (var arn in holder.Record.AttachedPolicyArns)
            {
                if (await FindDocumentAsync(transaction, key, arn) is { } document)
                    documents.Add(PolicyReader.ReadIdentityPolicy(document));
            }
        }

        return (user, documents);
    }

    private async ValueTask<string?> FindDocumentAsync(Transaction transaction, DataKey key, string arn)
    {
        if (ManagedPolicies.Find(arn) is { } managed)
            return managed.Document;
        var found = await IamTable.FindAsync(transaction, key, IamKind.Policy, arn[(arn.LastIndexOf('/') + 1)..]);
        return found?.Arn(work.AccountId) == arn ? found.Record.Document : null;
    }

    /// <summary>Whatever the caller says of itself, these are known here.</summary>
    private void AddOwn(Dictionary<string, IReadOnlyList<string>> context, IamIdentity user)
    {
        var now = clock.GetUtcNow();
        context["aws:username"] = [user.Record.Name];
        context["aws:userid"] = [user.Record.PublicId];
        context["aws:PrincipalArn"] = [user.Arn(work.AccountId)];
        context["aws:PrincipalAccount"] = [work.AccountId];
        context["aws:PrincipalType"] = ["User"];
        context["aws:CurrentTime"] = [now.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture)];
        context["aws:EpochTime"] = [now.ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture)];
    }

    private async Task AddTagsAsync(Dictionary<string, IReadOnlyList<string>> context, string resource, CancellationToken cancellationToken)
    {
        var prefix = $"arn:aws:workmail:{installation.Region}:{installation.AccountId}:organization/";
        if (!resource.StartsWith(prefix, StringComparison.Ordinal) || !Organization.TryParse(resource[prefix.Length..], out var id)
            || await database.ReadAsync(TenantScope.Of(id), transaction => OrganizationTable.FindAsync(transaction, id), cancellationToken)
                is not { State: Organization.Active })
            return;
        using var key = await keys.OrganizationAsync(id, cancellationToken);
        var tags = await database.ReadAsync(TenantScope.Of(id), transaction => TagTable.ListAsync(transaction, key, id), cancellationToken);
        foreach (var tag in tags)
            context[$"aws:ResourceTag/{tag.Key}"] = [tag.Value];
    }
}
