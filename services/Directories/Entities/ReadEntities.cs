using Mailstead.Contracts.Admin.V1;
using Mailstead.Directories.Addresses;
using Mailstead.Directories.Organizations;
using Mailstead.Persistence.Databases;
using Mailstead.Persistence.Encryption;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Directories.Entities;

/// <summary>An entity with what its record says, and its primary address; empty when it has none.</summary>
internal sealed record DescribedEntity(Entity Entity, EntityRecord Record, string Email)
{
    /// <summary>In any case; without a state, in any.</summary>
    public bool Matches(string namePrefix, string emailPrefix, EntityState.Types.Value? state) =>
        Record.Name.StartsWith(namePrefix, StringComparison.OrdinalIgnoreCase)
        && Email.StartsWith(emailPrefix, StringComparison.OrdinalIgnoreCase)
        && (state is null || state == Entity.PublicState);
}

/// <summary>Reads users, groups and resources for the operations that describe and list them.</summary>
internal sealed class ReadEntities([FromKeyedServices("directories")] Database database, DirectoryKeys keys)
{
    /// <exception cref="Grpc.Core.RpcException">Organization…Exception, EntityNotFoundException.</exception>
    public async Task<(Guid OrganizationId, Entity Entity)> FindAsync(
        string organizationId, string identifier, EntityKind? kind, CancellationToken cancellationToken)
    {
        using var installation = await keys.InstallationAsync(cancellationToken);
        return await database.ReadAsync(
            Organization.ScopeOf(organizationId),
            transaction => EntityLookup.RequireAsync(transaction, installation, organizationId, identifier, kind), cancellationToken);
    }

    /// <exception cref="Grpc.Core.RpcException">Organization…Exception, EntityNotFoundException.</exception>
    public async Task<DescribedEntity> DescribeAsync(
        string organizationId, string identifier, EntityKind kind, CancellationToken cancellationToken)
    {
        var (id, entity) = await FindAsync(organizationId, identifier, kind, cancellationToken);
        using var key = await keys.OrganizationAsync(id, cancellationToken);
        return await database.ReadAsync(
            TenantScope.Of(id), transaction => DescribeAsync(transaction, key, id, entity), cancellationToken);
    }

    /// <param name="convert">Null: the entity does not match.</param>
    /// <exception cref="Grpc.Core.RpcException">Organization…Exception; InvalidParameterException of the token.</exception>
    public async Task<EntityPage<T>> ListAsync<T>(
        string organizationId, EntityKind kind, string nextToken, int count, Func<DescribedEntity, T?> convert, CancellationToken cancellationToken)
        where T : class
    {
        var after = PageToken.Read(nextToken);
        var id = (await database.ReadAsync(
            Organization.ScopeOf(organizationId),
            transaction => OrganizationTable.RequireActiveAsync(transaction, organizationId), cancellationToken)).OrganizationId;
        using var key = await keys.OrganizationAsync(id, cancellationToken);
        return await EntityPage.ReadAsync(
            database, id, kind, after, count,
            async (transaction, entity) => convert(await DescribeAsync(transaction, key, id, entity)), cancellationToken);
    }

    private static async ValueTask<DescribedEntity> DescribeAsync(Transaction transaction, DataKey key, Guid organizationId, Entity entity) => new(
        entity, EntityRecord.Open(key, entity.EntityId, entity.Sealed), await AddressTable.PrimaryAsync(transaction, key, organizationId, entity));
}
