using DnsClient;
using DnsClient.Protocol;
using Mailstead.Directories.Addresses;
using Mailstead.Hosting;
using Mailstead.Persistence.Databases;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Mailstead.Directories.Domains;

/// <summary>Looks for a pending domain's token in DNS and marks the domain as proved when it is there.</summary>
internal sealed partial class VerifyDomain(
    [FromKeyedServices("directories")] Database database, DirectoryKeys keys, RecipientCache recipients,
    InstallationOptions installation, ILogger<VerifyDomain> logger)
{
    private readonly LookupClient dns = new(Options(installation));

    /// <summary>True: proved, now or before.</summary>
    public async Task<bool> RunAsync(MailDomain domain, CancellationToken cancellationToken)
    {
        if (domain.IsVerified)
            return true;
        using var key = await keys.InstallationAsync(cancellationToken);
        var name = domain.Name(key);
        if (!await IsPublishedAsync(name, domain.Token, cancellationToken))
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

    private static LookupClientOptions Options(InstallationOptions installation)
    {
        var options = installation.Dns is { } server ? new LookupClientOptions(server) : new LookupClientOptions();
        options.Timeout = TimeSpan.FromSeconds(3);
        options.Retries = 1;
        options.UseCache = false;
        options.ThrowDnsErrors = false;
        return options;
    }

    private async Task<bool> IsPublishedAsync(string domain, string token, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await dns.QueryAsync(OwnershipToken.HostOf(domain), QueryType.TXT, cancellationToken: cancellationToken);
            return answer.Answers.OfType<TxtRecord>().Any(record => string.Concat(record.Text) == token);
        }
        catch (DnsResponseException unreachable)
        {
            // The resolver is in trouble: the domain stays pending and is asked about again.
            LogUnreachable(unreachable.Code);
            return false;
        }
    }

    [LoggerMessage(LogLevel.Information, "Domain {DomainId} of organization {OrganizationId} is proved in DNS; first to do so: {IsFirst}")]
    private partial void LogVerified(Guid domainId, Guid organizationId, bool isFirst);

    [LoggerMessage(LogLevel.Warning, "A domain could not be looked up: {Code}")]
    private partial void LogUnreachable(DnsResponseCode code);
}
