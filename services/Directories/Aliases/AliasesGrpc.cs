using Grpc.Core;
using Mailstead.Contracts.Admin.V1;
using Mailstead.Directories.Addresses;
using Mailstead.Directories.Entities;
using Mailstead.Directories.Organizations;
using Mailstead.Persistence.Databases;
using Mailstead.Persistence.Encryption;
using Mailstead.Protocols.Addresses;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Directories.Aliases;

/// <summary>The Aliases contract.</summary>
internal sealed class AliasesGrpc(
    [FromKeyedServices("directories")] Database database, DirectoryKeys keys, AccessEvents events) : Contracts.Admin.V1.Aliases.AliasesBase
{
    public override async Task<CreateAliasResponse> CreateAlias(CreateAliasRequest request, ServerCallContext context)
    {
        using var installation = await keys.InstallationAsync(context.CancellationToken);
        var organizationId = (await FindAsync(installation, request.OrganizationId, request.EntityId, context.CancellationToken)).OrganizationId;
        using var key = await keys.OrganizationAsync(organizationId, context.CancellationToken);
        await database.WriteAsync(
            Organization.ScopeOf(request.OrganizationId),
            async transaction =>
            {
                var (_, entity) = await EntityLookup.RequireAsync(transaction, installation, request.OrganizationId, request.EntityId);
                if (!entity.IsEnabled)
                    throw AdminError.EntityState("It is disabled: enable it with RegisterToWorkMail first");
                await AddressChange.AddAsync(transaction, installation, key, organizationId, entity.EntityId, request.Alias);
                return true;
            },
            context.CancellationToken);
        events.DirectoryChanged(organizationId);
        return new CreateAliasResponse();
    }

    public override async Task<DeleteAliasResponse> DeleteAlias(DeleteAliasRequest request, ServerCallContext context)
    {
        using var installation = await keys.InstallationAsync(context.CancellationToken);
        var organizationId = await database.WriteAsync(
            Organization.ScopeOf(request.OrganizationId),
            transaction => DeleteAsync(transaction, installation, request), context.CancellationToken);
        events.DirectoryChanged(organizationId);
        return new DeleteAliasResponse();
    }

    public override async Task<ListAliasesResponse> ListAliases(ListAliasesRequest request, ServerCallContext context)
    {
        using var installation = await keys.InstallationAsync(context.CancellationToken);
        var (organizationId, entity) = await FindAsync(
            installation, request.OrganizationId, request.EntityId, context.CancellationToken);
        using var key = await keys.OrganizationAsync(organizationId, context.CancellationToken);
        var rows = await database.ReadAsync(
            Organization.ScopeOf(request.OrganizationId),
            transaction => AddressTable.ListAsync(transaction, organizationId, entity.EntityId), context.CancellationToken);
        // At most a hundred: a page always holds them all, unless fewer were asked for.
        var aliases = rows.Where(row => !row.IsPrimary).Select(row => AddressTable.Open(key, row)).Order(StringComparer.Ordinal).ToList();
        var skip = request.HasNextToken ? aliases.FindIndex(alias => string.CompareOrdinal(alias, request.NextToken) > 0) : 0;
        var count = PageToken.Count(request.HasMaxResults, request.MaxResults);
        var response = new ListAliasesResponse();
        response.Aliases.AddRange(skip < 0 ? [] : aliases.Skip(skip).Take(count));
        if (skip >= 0 && skip + count < aliases.Count)
            response.NextToken = response.Aliases[^1];
        return response;
    }

    private static async ValueTask<Guid> DeleteAsync(Transaction transaction, DataKey installation, DeleteAliasRequest request)
    {
        var (organizationId, entity) = await EntityLookup.RequireAsync(
            transaction, installation, request.OrganizationId, request.EntityId);
        if (!MailAddress.TryParse(request.Alias, out var address))
            throw AdminError.InvalidParameter($"{request.Alias} is no e-mail address");
        var index = BlindIndexes.OfAddress(installation, address);
        var row = await AddressTable.FindAsync(transaction, index);
        if (row is null || row.OrganizationId != organizationId || row.EntityId != entity.EntityId)
            return organizationId;
        if (row.IsPrimary)
            throw AdminError.InvalidParameter("Alias: the primary address can't be deleted; make another one primary first");
        await AddressTable.DeleteAsync(transaction, organizationId, index);
        return organizationId;
    }

    private async Task<(Guid OrganizationId, Entity Entity)> FindAsync(
        DataKey installation, string organizationId, string entityId, CancellationToken cancellationToken) =>
        await database.ReadAsync(
            Organization.ScopeOf(organizationId),
            transaction => EntityLookup.RequireAsync(transaction, installation, organizationId, entityId), cancellationToken);
}
