using Mailstead.Contracts.Admin.V1;
using Mailstead.Directories.Addresses;
using Mailstead.Directories.Entities;
using Mailstead.Directories.Organizations;
using Mailstead.Persistence.Databases;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Directories.Resources;

/// <summary>Changes what is known of a resource, its name too; members that are left out stay as they are.</summary>
internal sealed class UpdateResource(
    [FromKeyedServices("directories")] Database database, DirectoryKeys keys, ReadEntities read, AccessEvents events)
{
    public async Task RunAsync(UpdateResourceRequest request, CancellationToken cancellationToken)
    {
        using var installation = await keys.InstallationAsync(cancellationToken);
        var (organizationId, _) = await read.FindAsync(request.OrganizationId, request.ResourceId, EntityKind.Resource, cancellationToken);
        using var key = await keys.OrganizationAsync(organizationId, cancellationToken);
        await database.WriteAsync(
            Organization.ScopeOf(request.OrganizationId),
            async transaction =>
            {
                var (_, resource) = await EntityLookup.RequireAsync(
                    transaction, installation, request.OrganizationId, request.ResourceId, EntityKind.Resource);
                var record = EntityRecord.Open(key, resource.EntityId, resource.Sealed);
                var changed = Apply(record, request);
                if (!string.Equals(changed.Name, record.Name, StringComparison.Ordinal)
                    && !await EntityTable.RenameAsync(transaction, organizationId, resource.EntityId, BlindIndexes.OfEntityName(installation, changed.Name)))
                    throw AdminError.NameTaken(changed.Name);
                return await EntityTable.UpdateAsync(transaction, organizationId, resource.EntityId, changed.Seal(key, resource.EntityId));
            },
            cancellationToken);
        events.DirectoryChanged(organizationId);
    }

    private static EntityRecord Apply(EntityRecord record, UpdateResourceRequest request)
    {
        var details = record.Resource!;
        var options = request.BookingOptions ?? new BookingOptions();
        if (request.HasName)
            CreateEntity.RequireFreeName(request.Name);
        return record with
        {
            Name = request.HasName ? request.Name : record.Name,
            IsHidden = request.HasHiddenFromGlobalAddressList ? request.HiddenFromGlobalAddressList : record.IsHidden,
            Resource = details with
            {
                Type = request.HasType ? ResourceDetails.ToType(request.Type) : details.Type,
                Description = request.HasDescription ? request.Description : details.Description,
                AcceptsRequests = options.HasAutoAcceptRequests ? options.AutoAcceptRequests : details.AcceptsRequests,
                DeclinesRecurring = options.HasAutoDeclineRecurringRequests ? options.AutoDeclineRecurringRequests : details.DeclinesRecurring,
                DeclinesConflicts = options.HasAutoDeclineConflictingRequests ? options.AutoDeclineConflictingRequests : details.DeclinesConflicts,
            },
        };
    }
}
