using Mailstead.Directories.Addresses;
using Mailstead.Directories.Domains;
using Mailstead.Directories.Entities;
using Mailstead.Directories.Organizations;
using Mailstead.Persistence.Databases;
using Mailstead.Persistence.Encryption;
using Mailstead.Protocols.Addresses;

namespace Mailstead.Directories.Credentials;

/// <summary>A user who may try to sign in.</summary>
/// <param name="SealedHash">Null: without a password.</param>
internal sealed record Candidate(Guid OrganizationId, Guid EntityId, byte[]? SealedHash, long ChangedAt, AddressRow Primary);

/// <summary>Whom a login name stands for. Without a user: what is missing, for the log alone.</summary>
internal sealed record FoundLogin(Guid? OrganizationId, Candidate? User, string Missing);

/// <summary>Reads login names: any of a user's addresses, or <c>alias\user</c>.</summary>
internal static class FindLogin
{
    private static readonly Statement ByAlias = Statement.AcrossTenants(
        $"SELECT {Organization.Columns} FROM organizations WHERE alias_index = @alias_index");

    /// <summary>First which organization is meant, then, among its rows alone, who.</summary>
    public static async ValueTask<FoundLogin> RunAsync(
        Database database, DataKey installation, string login, CancellationToken cancellationToken)
    {
        var (organizationId, find) = await database.ReadAsync(
            TenantScope.None,
            transaction => login.Split('\\') is [var alias, var name]
                ? ByNameAsync(transaction, installation, alias, name)
                : ByAddressAsync(transaction, installation, login),
            cancellationToken);
        return organizationId is not { } id
            ? new FoundLogin(null, null, "unknown organization")
            : await database.ReadAsync(
                TenantScope.Of(id), async transaction => await OpenAsync(transaction, id, await find(transaction)), cancellationToken);
    }

    private static async ValueTask<FoundLogin> OpenAsync(Transaction transaction, Guid id, Entity? entity)
    {
        if (entity is not { Kind: EntityKind.User })
            return new FoundLogin(id, null, "unknown user");
        if (!entity.IsEnabled)
            return new FoundLogin(id, null, "disabled user");
        var credential = await CredentialTable.FindAsync(transaction, id, entity.EntityId);
        var addresses = await AddressTable.ListAsync(transaction, id, entity.EntityId);
        return addresses.Find(address => address.IsPrimary) is { } primary
            ? new FoundLogin(id, new Candidate(id, entity.EntityId, credential?.Item1, credential?.Item2 ?? 0, primary), "")
            : new FoundLogin(id, null, "user without address");
    }

    private static async ValueTask<(Guid? OrganizationId, Func<Transaction, ValueTask<Entity?>> Find)> ByNameAsync(
        Transaction transaction, DataKey installation, string alias, string name)
    {
        var organization = await transaction.FindAsync(ByAlias, Organization.Read, BlindIndexes.OfAlias(installation, alias));
        return organization is { State: Organization.Active }
            ? (organization.OrganizationId, owned => EntityTable.FindAsync(owned, installation, organization.OrganizationId, name))
            : (null, Nobody);
    }

    /// <summary>An address that nobody has is still one of the organization whose domain it names.</summary>
    private static async ValueTask<(Guid? OrganizationId, Func<Transaction, ValueTask<Entity?>> Find)> ByAddressAsync(
        Transaction transaction, DataKey installation, string login)
    {
        if (!MailAddress.TryParse(login, out var address))
            return (null, Nobody);
        if (await AddressTable.FindAsync(transaction, BlindIndexes.OfAddress(installation, address)) is { } row)
            return (row.OrganizationId, owned => EntityTable.FindAsync(owned, row.OrganizationId, row.EntityId));
        var domain = await DomainTable.FindVerifiedAsync(transaction, BlindIndexes.OfDomain(installation, address.Domain));
        return (domain?.OrganizationId, Nobody);
    }

    private static ValueTask<Entity?> Nobody(Transaction transaction) => ValueTask.FromResult<Entity?>(null);
}
