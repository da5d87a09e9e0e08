using Mailstead.Contracts.Directories.V1;
using Mailstead.Directories.Domains;
using Mailstead.Directories.Entities;
using Mailstead.Persistence.Databases;
using Mailstead.Persistence.Encryption;
using Mailstead.Protocols.Addresses;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Directories.Addresses;

/// <summary>What addresses stand for. Asked for every RCPT, hence the cache.</summary>
internal sealed class ResolveRecipients(
    [FromKeyedServices("directories")] Database database, DirectoryKeys keys, RecipientCache cache)
{
    private const int AddressesMax = 500;

    private static readonly Statement OldestUser = new(
        $"SELECT {Entity.Columns} FROM entities WHERE organization_id = @organization_id AND kind = 1 AND state = 1 ORDER BY entity_id LIMIT 1");

    public async Task<ResolveRecipientsResponse> RunAsync(ResolveRecipientsRequest request, CancellationToken cancellationToken)
    {
        if (request.Addresses.Count > AddressesMax)
            throw AdminError.Limit($"At most {AddressesMax} addresses are resolved at once");
        var response = new ResolveRecipientsResponse();
        foreach (var address in request.Addresses)
            response.Recipients.Add(cache.Find(address) ?? await LookUpAsync(address, cancellationToken));
        return response;
    }

    private async Task<Recipient> LookUpAsync(string address, CancellationToken cancellationToken)
    {
        var generation = cache.Generation;
        var recipient = await ResolveAsync(address, cancellationToken);
        cache.Keep(address, recipient, generation);
        return recipient;
    }

    private async Task<Recipient> ResolveAsync(string text, CancellationToken cancellationToken)
    {
        if (!MailAddress.TryParse(text, out var address))
            return new Recipient { Address = text, Kind = RecipientKind.Foreign };
        using var installation = await keys.InstallationAsync(cancellationToken);
        var (domain, entity) = await FindAsync(installation, address, cancellationToken);
        if (domain is null)
            return new Recipient { Address = text, Kind = RecipientKind.Foreign };
        var recipient = new Recipient
        {
            Address = text,
            OrganizationId = domain.OrganizationId.ToString(),
            DomainId = domain.DomainId.ToString(),
            Kind = entity is null ? RecipientKind.Unknown : entity.IsEnabled ? RecipientKind.Mailbox : RecipientKind.Disabled,
        };
        if (entity is { IsEnabled: true })
            await RecipientDetails.FillAsync(database, keys, recipient, domain.OrganizationId, entity, cancellationToken);
        return recipient;
    }

    /// <summary>First whose address it is, then, among that organization's rows alone, for whom.</summary>
    private async ValueTask<(MailDomain? Domain, Entity? Entity)> FindAsync(
        DataKey installation, MailAddress address, CancellationToken cancellationToken)
    {
        var (domain, row) = await database.ReadAsync(
            TenantScope.None,
            async transaction => (
                await DomainTable.FindVerifiedAsync(transaction, BlindIndexes.OfDomain(installation, address.Domain)),
                await AddressTable.FindAsync(transaction, BlindIndexes.OfAddress(installation, address))),
            cancellationToken);
        if (domain is null)
            return (null, null);
        var scope = TenantScope.Of(domain.OrganizationId);
        if (row is not null && row.OrganizationId == domain.OrganizationId)
        {
            return (domain, await database.ReadAsync(
                scope, transaction => EntityTable.FindAsync(transaction, row.OrganizationId, row.EntityId), cancellationToken));
        }

        // RFC 5321 §4.5.1 and RFC 2142 §4: they are always there. Without one of that name, the longest-standing user is it.
        return address.LocalPart is "postmaster" or "abuse"
            ? (domain, await database.ReadAsync(
                scope, transaction => transaction.FindAsync(OldestUser, Entity.Read, domain.OrganizationId), cancellationToken))
            : (domain, null);
    }
}
