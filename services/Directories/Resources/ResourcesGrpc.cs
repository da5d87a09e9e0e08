using Grpc.Core;
using Mailstead.Contracts.Admin.V1;
using Mailstead.Directories.Entities;
using Mailstead.Directories.Organizations;
using Mailstead.Persistence.Databases;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Directories.Resources;

/// <summary>The Resources contract.</summary>
internal sealed class ResourcesGrpc(
    [FromKeyedServices("directories")] Database database, ReadEntities read, CreateEntity create, DeleteEntity delete, UpdateResource update,
    ChangeDelegates delegates) : Contracts.Admin.V1.Resources.ResourcesBase
{
    public override async Task<CreateResourceResponse> CreateResource(CreateResourceRequest request, ServerCallContext context)
    {
        var record = new EntityRecord
        {
            Name = request.Name,
            Role = "RESOURCE",
            IsHidden = request.HiddenFromGlobalAddressList,
            Resource = new ResourceDetails
            {
                Type = ResourceDetails.ToType(request.Type),
                Description = request.HasDescription ? request.Description : null,
            },
        };
        var id = await create.RunAsync(request.OrganizationId, EntityKind.Resource, record, null, context.CancellationToken);
        return new CreateResourceResponse { ResourceId = Entity.ToPublicId(EntityKind.Resource, id) };
    }

    public override async Task<DescribeResourceResponse> DescribeResource(DescribeResourceRequest request, ServerCallContext context)
    {
        var (resource, record, email) = await read.DescribeAsync(
            request.OrganizationId, request.ResourceId, EntityKind.Resource, context.CancellationToken);
        var response = new DescribeResourceResponse
        {
            ResourceId = resource.PublicId,
            Name = record.Name,
            Type = record.Resource!.PublicType,
            BookingOptions = record.Resource.BookingOptions,
            State = resource.PublicState,
            EnabledDate = resource.EnabledDate,
            DisabledDate = resource.DisabledDate,
            HiddenFromGlobalAddressList = record.IsHidden,
        };
        if (email.Length > 0)
            response.Email = email;
        if (record.Resource.Description is { } description)
            response.Description = description;
        return response;
    }

    public override async Task<ListResourcesResponse> ListResources(ListResourcesRequest request, ServerCallContext context)
    {
        var filters = request.Filters ?? new ListResourcesFilters();
        var page = await read.ListAsync(
            request.OrganizationId, EntityKind.Resource, request.NextToken, PageToken.Count(request.HasMaxResults, request.MaxResults),
            found => found.Matches(filters.NamePrefix, filters.PrimaryEmailPrefix, filters.HasState ? filters.State : null) ? ToResource(found) : null,
            context.CancellationToken);
        var response = new ListResourcesResponse();
        response.Resources.AddRange(page.Rows);
        if (page.NextToken is { } next)
            response.NextToken = next;
        return response;
    }

    public override async Task<UpdateResourceResponse> UpdateResource(UpdateResourceRequest request, ServerCallContext context)
    {
        await update.RunAsync(request, context.CancellationToken);
        return new UpdateResourceResponse();
    }

    public override async Task<DeleteResourceResponse> DeleteResource(DeleteResourceRequest request, ServerCallContext context)
    {
        await delete.RunAsync(request.OrganizationId, request.ResourceId, EntityKind.Resource, context.CancellationToken);
        return new DeleteResourceResponse();
    }

    public override async Task<AssociateDelegateToResourceResponse> AssociateDelegateToResource(
        AssociateDelegateToResourceRequest request, ServerCallContext context)
    {
        await delegates.AddAsync(request.OrganizationId, request.ResourceId, request.EntityId, context.CancellationToken);
        return new AssociateDelegateToResourceResponse();
    }

    public override async Task<DisassociateDelegateFromResourceResponse> DisassociateDelegateFromResource(
        DisassociateDelegateFromResourceRequest request, ServerCallContext context)
    {
        await delegates.RemoveAsync(request.OrganizationId, request.ResourceId, request.EntityId, context.CancellationToken);
        return new DisassociateDelegateFromResourceResponse();
    }

    public override async Task<ListResourceDelegatesResponse> ListResourceDelegates(ListResourceDelegatesRequest request, ServerCallContext context)
    {
        var after = PageToken.Read(request.NextToken);
        var count = PageToken.Count(request.HasMaxResults, request.MaxResults);
        var (organizationId, resource) = await read.FindAsync(request.OrganizationId, request.ResourceId, EntityKind.Resource, context.CancellationToken);
        var rows = await database.ReadAsync(
            Organization.ScopeOf(request.OrganizationId),
            transaction => DelegateTable.ListAsync(transaction, organizationId, resource.EntityId, after, count + 1), context.CancellationToken);
        var response = new ListResourceDelegatesResponse();
        foreach (var row in rows.Take(count))
            response.Delegates.Add(new Contracts.Admin.V1.Delegate { Id = row.PublicId, Type = row.PublicMemberType });
        if (rows.Count > count)
            response.NextToken = PageToken.Write(rows[count - 1].EntityId);
        return response;
    }

    private static Resource ToResource(DescribedEntity found)
    {
        var (entity, record, email) = found;
        var resource = new Resource
        {
            Id = entity.PublicId,
            Name = record.Name,
            Type = record.Resource!.PublicType,
            State = entity.PublicState,
            EnabledDate = entity.EnabledDate,
            DisabledDate = entity.DisabledDate,
        };
        if (email.Length > 0)
            resource.Email = email;
        if (record.Resource.Description is { } description)
            resource.Description = description;
        return resource;
    }
}
