using Mailstead.Directories.Addresses;
using Mailstead.Directories.Domains;
using Mailstead.Directories.Entities;
using Mailstead.Directories.Organizations;
using Mailstead.Persistence.Databases;
using Mailstead.Persistence.Encryption;

namespace Mailstead.Directories.Credentials;

/// <summary>A user who may try a password.</summary>
internal sealed record Candidate(Guid OrganizationId, Guid EntityId, byte[] SealedHash, long ChangedAt, AddressRow Primary);

/// <summary>Whom a login name stands for. Without a user: what is missing, for the log alone.</summary>
internal sealed record FoundLogin(Guid? OrganizationId, Candidate? User, string Missing);

/// <summary>Reads login names: any of a user's addresses, or <c>alias\user</c>.</summary>
internal static class FindLogin
{
    private static readonly Statement ByAlias = new(
        $"SELECT {Organization.Columns} FROM organizations WHERE alias_index = @alias_index");

    public static async ValueTask<FoundLogin> RunAsync(Transaction transaction, DataKey installation, string login)
    {
        var (organizationId, entity) = login.Split('\\') is [var alias, var name]
            ? await ByNameAsync(transaction, installation, alias, name)
            : await ByAddressAsync(transaction, installation, login);
        if (organizationId is not { } id || entity is not { Kind: EntityKind.User })
            return new FoundLogin(organizationId, null, organizationId is null ? "unknown organization" : "unknown user");
        if (!entity.IsEnabled)
            return new FoundLogin(id, null, "disabled user");
        var credential = await CredentialTable.FindAsync(transaction, id, entity.EntityId);
        var addresses = await AddressTable.ListAsync(transaction, id, entity.EntityId);
        return credential is not null && addresses.Find(address => address.IsPrimary) is { } primary
            ? new FoundLogin(id, new Candidate(id, entity.EntityId, credential.Item1, credential.Item2, primary), "")
            : new FoundLogin(id, null, "user without password");
    }

    private static async ValueTask<(Guid? OrganizationId, Entity? Entity)> ByNameAsync(
        Transaction transaction, DataKey installation, string alias, string name)
    {
        var organization = await transaction.FindAsync(ByAlias, Organization.Read, BlindIndexes.OfAlias(installation, alias));
        return organization is { State: Organization.Active }
            ? (organization.OrganizationId, await EntityTable.FindAsync(transaction, installation, organization.OrganizationId, name))
            : (null, null);
    }

    /// <summary>An address that nobody has is still one of the organization whose domain it names.</summary>
    private static async ValueTask<(Guid? OrganizationId, Entity? Entity)> ByAddressAsync(
        Transaction transaction, DataKey installation, string login)
    {
        if (!MailAddress.TryParse(login, out var address))
            return (null, null);
        if (await AddressTable.FindAsync(transaction, BlindIndexes.OfAddress(installation, address)) is { } row)
            return (row.OrganizationId, await EntityTable.FindAsync(transaction, row.OrganizationId, row.EntityId));
        var domain = await DomainTable.FindVerifiedAsync(transaction, BlindIndexes.OfDomain(installation, address.Domain));
        return (domain?.OrganizationId, null);
    }
}
