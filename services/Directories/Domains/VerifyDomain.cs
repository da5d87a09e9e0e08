using Mailstead.Directories.Addresses;
using Mailstead.Persistence.Databases;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Mailstead.Directories.Domains;

/// <summary>Looks for a pending domain's token in DNS and marks the domain as proved when it is there.</summary>
internal sealed partial class VerifyDomain(
    [FromKeyedServices("directories")] Database database, DirectoryKeys keys, RecipientCache recipients, Resolver resolver, ILogger<VerifyDomain> logger)
{
    /// <summary>True: proved, now or before.</summary>
    public async Task<bool> RunAsync(MailDomain domain, CancellationToken cancellationToken)
    {
        if (domain.IsVerified)
            return true;
        using var key = await keys.InstallationAsync(cancellationToken);
        var name = domain.Name(key);
        // While the resolver is in trouble the domain stays pending and is asked about again.
        if (await resolver.FindTextsAsync(OwnershipToken.HostOf(name), cancellationToken) is not { } texts || !texts.Contains(domain.Token))
            return false;
        var index = BlindIndexes.OfDomain(key, name);
        var isFirst = await database.WriteAsync(
            TenantScope.Of(domain.OrganizationId),
            async transaction =>
            {
                if (await DomainTable.FindVerifiedAsync(transaction, index) is { } other)
                    return other.DomainId == domain.DomainId;
                return await DomainTable.VerifyAsync(transaction, domain) == 1;
            },
            cancellationToken);
        recipients.Clear();
        LogVerified(domain.DomainId, domain.OrganizationId, isFirst);
        return isFirst;
    }

    [LoggerMessage(LogLevel.Information, "Domain {DomainId} of organization {OrganizationId} is proved in DNS; first to do so: {IsFirst}")]
    private partial void LogVerified(Guid domainId, Guid organizationId, bool isFirst);
}
