using Grpc.Core;
using Mailstead.Contracts.Admin.V1;
using Mailstead.Directories.Organizations;
using Mailstead.Hosting;
using Mailstead.Persistence.Databases;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Directories.Tags;

/// <summary>The Tags contract.</summary>
internal sealed class TagsGrpc(
    [FromKeyedServices("directories")] Database database, DirectoryKeys keys, InstallationOptions installation) : Contracts.Admin.V1.Tags.TagsBase
{
    private const int TagsMax = 50;

    /// <summary>Keys that begin so are the provider's own in the public API, and refused.</summary>
    private const string ReservedPrefix = "aws:";

    public override async Task<TagResourceResponse> TagResource(TagResourceRequest request, ServerCallContext context)
    {
        if (request.Tags.Count == 0)
            throw AdminError.InvalidParameter("Tags: name at least one");
        foreach (var tag in request.Tags)
        {
            if (tag.Key.StartsWith(ReservedPrefix, StringComparison.OrdinalIgnoreCase))
                throw AdminError.InvalidParameter($"Tags: keys that begin with {ReservedPrefix} are reserved");
        }

        if (request.Tags.DistinctBy(tag => tag.Key).Count() < request.Tags.Count)
            throw AdminError.InvalidParameter("Tags: name each key once");
        var organization = await RequireAsync(request.ResourceArn, context.CancellationToken);
        using var key = await keys.OrganizationAsync(organization, context.CancellationToken);
        await database.WriteAsync(
            TenantScope.Of(organization),
            async transaction =>
            {
                foreach (var tag in request.Tags)
                    await TagTable.PutAsync(transaction, key, organization, tag);
                return (await TagTable.ListAsync(transaction, key, organization)).Count <= TagsMax
                    ? true
                    : throw AdminError.TooManyTags($"An organization has at most {TagsMax} tags");
            },
            context.CancellationToken);
        return new TagResourceResponse();
    }

    public override async Task<UntagResourceResponse> UntagResource(UntagResourceRequest request, ServerCallContext context)
    {
        var organization = await RequireAsync(request.ResourceArn, context.CancellationToken);
        using var key = await keys.OrganizationAsync(organization, context.CancellationToken);
        await database.WriteAsync(
            TenantScope.Of(organization),
            async transaction =>
            {
                foreach (var tagKey in request.TagKeys)
                    await TagTable.DeleteAsync(transaction, key, organization, tagKey);
                return true;
            },
            context.CancellationToken);
        return new UntagResourceResponse();
    }

    public override async Task<ListTagsForResourceResponse> ListTagsForResource(ListTagsForResourceRequest request, ServerCallContext context)
    {
        var organization = await RequireAsync(request.ResourceArn, context.CancellationToken);
        using var key = await keys.OrganizationAsync(organization, context.CancellationToken);
        var tags = await database.ReadAsync(
            TenantScope.Of(organization), transaction => TagTable.ListAsync(transaction, key, organization), context.CancellationToken);
        var response = new ListTagsForResourceResponse();
        response.Tags.AddRange(tags);
        return response;
    }

    /// <exception cref="RpcException">
    /// ResourceNotFoundException: the ARN is none of an organization here that is not deleted. OrganizationStateException: it has no keys yet.
    /// </exception>
    private async Task<Guid> RequireAsync(string arn, CancellationToken cancellationToken)
    {
        var prefix = $"arn:aws:workmail:{installation.Region}:{installation.AccountId}:organization/";
        if (arn.StartsWith(prefix, StringComparison.Ordinal) && Organization.TryParse(arn[prefix.Length..], out var id)
            && await database.ReadAsync(TenantScope.Of(id), transaction => OrganizationTable.FindAsync(transaction, id), cancellationToken) is { } found
            && found.State != Organization.Deleted)
            return found.State == Organization.Active ? id : throw AdminError.OrganizationState(found.State);
        throw AdminError.ResourceNotFound("There is no organization with this ARN");
    }
}
