using Mailstead.Contracts.Directories.V1;
using Mailstead.Directories.Domains;
using Mailstead.Directories.Organizations;
using Mailstead.Persistence.Databases;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Directories.Addresses;

/// <summary>The postmaster of the organization that was made first, at its default domain.</summary>
internal sealed class FindPostmaster([FromKeyedServices("directories")] Database database, DirectoryKeys keys, ResolveRecipients resolve)
{
    public async Task<FindPostmasterResponse> RunAsync(CancellationToken cancellationToken)
    {
        using var installation = await keys.InstallationAsync(cancellationToken);
        var first = await database.ReadAsync(TenantScope.None, OrganizationTable.FindFirstAsync, cancellationToken);
        var domain = first is null ? null : await database.ReadAsync(
            TenantScope.Of(first.OrganizationId),
            transaction => DomainTable.FindAsync(transaction, first.OrganizationId, first.DefaultDomainId), cancellationToken);
        if (domain is null)
            return new FindPostmasterResponse();
        var request = new ResolveRecipientsRequest { Addresses = { "postmaster@" + domain.Name(installation) } };
        return new FindPostmasterResponse { Recipient = (await resolve.RunAsync(request, cancellationToken)).Recipients[0] };
    }
}
