using Mailstead.Contracts.Directories.V1;
using Mailstead.Directories.Iam.Policies;
using Mailstead.Directories.Organizations;
using Mailstead.Directories.Tags;
using Mailstead.Hosting;
using Mailstead.Persistence.Databases;
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
        var (user, documents) = await work.ReadAsync((transaction, key) => ReadAsync(transaction, key, id), cancellationToken);
        if (user is null)
            return new AuthorizeResponse();
        var context = PolicyRequest.NewContext();
        foreach (var condition in request.Context)
            context[condition.Key] = [.. condition.Values];
        AddOwn(context, user);
        await AddTagsAsync(context, request.Resource, cancellationToken);
        var decision = PolicyEvaluation.Decide(documents, new PolicyRequest(request.Action, request.Resource, context));
        return new AuthorizeResponse { Allowed = decision == PolicyDecision.Allow };
    }

    private static async ValueTask<(IamIdentity? User, List<PolicyDocument> Documents)> ReadAsync(
        Transaction transaction, Persistence.Encryption.DataKey key, Guid id)
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
                var document = ManagedPolicies.Find(arn)?.Document
                    ?? (await IamTable.FindAsync(transaction, key, IamKind.Policy, arn[(arn.LastIndexOf('/') + 1)..]))?.Record.Document;
                if (document is not null)
                    documents.Add(PolicyReader.ReadIdentityPolicy(document));
            }
        }

        return (user, documents);
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
