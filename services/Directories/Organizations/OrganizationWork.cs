using Mailstead.Directories.Entities;
using Mailstead.Persistence.Databases;
using Mailstead.Persistence.Encryption;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Directories.Organizations;

/// <summary>Units of work in one organization: it is active, and what it has sealed can be opened.</summary>
internal sealed class OrganizationWork([FromKeyedServices("directories")] Database database, DirectoryKeys keys)
{
    /// <exception cref="Grpc.Core.RpcException">OrganizationNotFoundException, OrganizationStateException.</exception>
    public async Task<T> ReadAsync<T>(string organizationId, Func<OrganizationUnit, ValueTask<T>> read, CancellationToken cancellationToken)
    {
        using var installation = await keys.InstallationAsync(cancellationToken);
        using var key = await KeyAsync(organizationId, cancellationToken);
        return await database.ReadAsync(
            Organization.ScopeOf(organizationId),
            async transaction => await read(await OpenAsync(transaction, organizationId, key, installation)), cancellationToken);
    }

    /// <param name="write">Awaits nothing but the transaction: it may run twice.</param>
    /// <exception cref="Grpc.Core.RpcException">OrganizationNotFoundException, OrganizationStateException.</exception>
    public async Task<T> WriteAsync<T>(string organizationId, Func<OrganizationUnit, ValueTask<T>> write, CancellationToken cancellationToken)
    {
        using var installation = await keys.InstallationAsync(cancellationToken);
        using var key = await KeyAsync(organizationId, cancellationToken);
        return await database.WriteAsync(
            Organization.ScopeOf(organizationId),
            async transaction => await write(await OpenAsync(transaction, organizationId, key, installation)), cancellationToken);
    }

    /// <summary>Whoever has no organization is told that, not that it has no key.</summary>
    private async Task<DataKey> KeyAsync(string organizationId, CancellationToken cancellationToken)
    {
        var organization = await database.ReadAsync(
            Organization.ScopeOf(organizationId), transaction => OrganizationTable.RequireActiveAsync(transaction, organizationId), cancellationToken);
        return await keys.OrganizationAsync(organization.OrganizationId, cancellationToken);
    }

    private static async ValueTask<OrganizationUnit> OpenAsync(
        Transaction transaction, string organizationId, DataKey key, DataKey installation) =>
        new(transaction, await OrganizationTable.RequireActiveAsync(transaction, organizationId), key, installation);
}

/// <summary>A transaction among the rows of one organization, and the keys to read them with.</summary>
internal sealed record OrganizationUnit(Transaction Transaction, Organization Organization, DataKey Key, DataKey Installation)
{
    public Guid Id => Organization.OrganizationId;

    /// <exception cref="Grpc.Core.RpcException">EntityNotFoundException.</exception>
    public async ValueTask<Entity> RequireAsync(string identifier, EntityKind? kind = null) =>
        await EntityTable.FindAsync(Transaction, Installation, Id, identifier) is { } entity && (kind is null || entity.Kind == kind)
            ? entity
            : throw EntityLookup.NotFound(kind, identifier);

    /// <summary>The public ids of users who are named by id, name or address.</summary>
    /// <exception cref="Grpc.Core.RpcException">EntityNotFoundException.</exception>
    public async ValueTask<List<string>> ToUserIdsAsync(IEnumerable<string> users)
    {
        var ids = new List<string>();
        foreach (var user in users)
            ids.Add((await RequireAsync(user, EntityKind.User)).PublicId);
        return [.. ids.Distinct()];
    }

    /// <summary>Makes other writers of this organization's settings wait until this unit is over.</summary>
    public ValueTask<int> LockAsync() => OrganizationTable.LockAsync(Transaction, Id);
}
