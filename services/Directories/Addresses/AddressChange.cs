using Mailstead.Directories.Domains;
using Mailstead.Persistence.Databases;
using Mailstead.Persistence.Encryption;
using Mailstead.Protocols.Addresses;
using Mailstead.Protocols.Smtp;

namespace Mailstead.Directories.Addresses;

/// <summary>Gives an entity an address: on a verified domain of its organization, and nobody else's.</summary>
internal static class AddressChange
{
    private const int AliasesMax = 100;

    private static readonly string[] ReservedLocalParts = ["journaling", "mailer-daemon"];

    /// <exception cref="Grpc.Core.RpcException">The public error that says why it can't be had.</exception>
    public static async ValueTask<MailDomain> CheckAsync(
        Transaction transaction, DataKey installation, Guid organizationId, Guid entityId, string email)
    {
        // RFC 5321 §4.1.2: a dot-string, so that every client can write it without quotes.
        if (email.StartsWith('"') || !MailPath.IsAddress(email) || !MailAddress.TryParse(email, out var address))
            throw AdminError.InvalidParameter($"{email} is no e-mail address: dots separate words, and there is one between each two");
        if (ReservedLocalParts.Contains(address.LocalPart))
            throw AdminError.InvalidParameter($"{address.LocalPart} is reserved in every domain; choose another address");
        var domain = await DomainTable.FindAsync(transaction, organizationId, BlindIndexes.OfDomain(installation, address.Domain))
            ?? throw AdminError.DomainNotFound(address.Domain);
        if (!domain.IsVerified)
            throw AdminError.DomainState(address.Domain);
        var owner = await AddressTable.FindAsync(transaction, BlindIndexes.OfAddress(installation, address));
        return owner is null || (owner.OrganizationId == organizationId && owner.EntityId == entityId)
            ? domain
            : throw AdminError.EmailInUse(email);
    }

    /// <summary>The former primary address stays as an alias.</summary>
    public static async ValueTask SetPrimaryAsync(
        Transaction transaction, DataKey installation, DataKey key, Guid organizationId, Guid entityId, string email)
    {
        await AddAsync(transaction, installation, key, organizationId, entityId, email);
        await AddressTable.SetPrimaryAsync(transaction, IndexOf(installation, email), organizationId, entityId);
    }

    public static async ValueTask AddAsync(
        Transaction transaction, DataKey installation, DataKey key, Guid organizationId, Guid entityId, string email)
    {
        var domain = await CheckAsync(transaction, installation, organizationId, entityId, email);
        var index = IndexOf(installation, email);
        if (await AddressTable.FindAsync(transaction, index) is { } present)
        {
            // Asked for again: between the two questions it may have become somebody else's.
            if (present.OrganizationId != organizationId || present.EntityId != entityId)
                throw AdminError.EmailInUse(email);
            return;
        }

        if ((await AddressTable.ListAsync(transaction, organizationId, entityId)).Count > AliasesMax)
            throw AdminError.Limit($"A user, group or resource has at most {AliasesMax} aliases");
        // Whoever was faster between the question and this has it.
        if (!await AddressTable.InsertAsync(
                transaction, index, organizationId, entityId, domain.DomainId, isPrimary: false, AddressTable.Seal(key, entityId, email)))
            throw AdminError.EmailInUse(email);
    }

    private static byte[] IndexOf(DataKey installation, string email) =>
        MailAddress.TryParse(email, out var address)
            ? BlindIndexes.OfAddress(installation, address)
            : throw AdminError.InvalidParameter($"{email} is no e-mail address");
}
