using Mailstead.Contracts.Admin.V1;
using Mailstead.Directories.Addresses;
using Mailstead.Directories.Domains;
using Mailstead.Hosting;
using Mailstead.Persistence.Databases;
using Mailstead.Persistence.Encryption;
using Mailstead.Protocols.Addresses;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Directories.Organizations;

/// <summary>Notes an organization that is to be; <see cref="CreationLoop"/> finishes it, however often the process dies.</summary>
internal sealed class CreateOrganization(
    [FromKeyedServices("directories")] Database database, DirectoryKeys keys, CreationLoop loop, DirectoriesOptions options,
    InstallationOptions installation, TimeProvider clock)
{
    public async Task<CreateOrganizationResponse> RunAsync(CreateOrganizationRequest request, CancellationToken cancellationToken)
    {
        Check(request);
        using var key = await keys.InstallationAsync(cancellationToken);
        var id = Guid.CreateVersion7(clock.GetUtcNow());
        var created = await database.WriteAsync(
            TenantScope.Of(id), transaction => InsertAsync(transaction, key, id, request), cancellationToken);
        loop.Wake();
        return new CreateOrganizationResponse { OrganizationId = Organization.ToPublicId(created) };
    }

    private void Check(CreateOrganizationRequest request)
    {
        if (request.HasDirectoryId)
            throw AdminError.InvalidParameter("DirectoryId: connected directories are not configured; leave it out for a new directory");
        foreach (var domain in request.Domains)
        {
            if (MailAddress.NormalizeDomain(domain.DomainName) is not { } name || !name.Contains('.', StringComparison.Ordinal))
                throw AdminError.InvalidParameter($"Domains: {domain.DomainName} is no domain name");
            if (name.EndsWith("." + installation.TestDomainSuffix, StringComparison.Ordinal))
                throw AdminError.InvalidParameter($"Domains: names under {installation.TestDomainSuffix} are given, not chosen");
        }
    }

    private async ValueTask<Guid> InsertAsync(Transaction transaction, DataKey key, Guid id, CreateOrganizationRequest request)
    {
        var token = request.HasClientToken ? BlindIndexes.OfToken(key, request.ClientToken) : null;
        if (token is not null && await OrganizationTable.FindByTokenAsync(transaction, token) is { } earlier)
        {
            return earlier.Open(key).Alias == request.Alias
                ? earlier.OrganizationId
                : throw AdminError.InvalidParameter("ClientToken was used for another organization");
        }

        if (await OrganizationTable.CountAsync(transaction) >= options.OrganizationsMax)
            throw AdminError.Limit($"An account has at most {options.OrganizationsMax} organizations");
        var record = new OrganizationRecord
        {
            Alias = request.Alias,
            Domains = [.. request.Domains.Select(domain => MailAddress.NormalizeDomain(domain.DomainName)!)],
            KmsKeyArn = request.KmsKeyArn,
            IsInteroperable = request.EnableInteroperability,
        };
        var now = clock.GetUtcNow();
        var isFree = await OrganizationTable.InsertAsync(
            transaction, id, BlindIndexes.OfAlias(key, request.Alias), token, Guid.CreateVersion7(now), record.Seal(key, id),
            now.ToUnixTimeMilliseconds());
        return isFree ? id : throw AdminError.NameTaken(request.Alias);
    }
}
