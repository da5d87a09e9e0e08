using Grpc.Core;
using Mailstead.Contracts.Admin.V1;
using Mailstead.Directories.Addresses;
using Mailstead.Directories.Organizations;
using Mailstead.Directories.Settings;
using Mailstead.Hosting;
using Mailstead.Persistence.Databases;
using Mailstead.Persistence.Encryption;
using Mailstead.Protocols.Addresses;
using Microsoft.Extensions.DependencyInjection;
using Purpose = Mailstead.Contracts.Admin.V1.MailDomainRecordPurpose.Types.Value;
using Status = Mailstead.Contracts.Admin.V1.MailDomainRecordStatus.Types.Value;
using Verification = Mailstead.Contracts.Admin.V1.DnsRecordVerificationStatus.Types.Value;

namespace Mailstead.Directories.Domains;

/// <summary>The Domains contract.</summary>
internal sealed class DomainsGrpc(
    [FromKeyedServices("directories")] Database database, DirectoryKeys keys, VerifyDomain verify, CheckRecords check, InstallationOptions installation,
    AccessEvents events, TimeProvider clock) : Contracts.Admin.V1.Domains.DomainsBase
{
    private const int DomainsMax = 1000;

    public override async Task<RegisterMailDomainResponse> RegisterMailDomain(RegisterMailDomainRequest request, ServerCallContext context)
    {
        using var key = await keys.InstallationAsync(context.CancellationToken);
        await database.WriteAsync(
            Organization.ScopeOf(request.OrganizationId), transaction => RegisterAsync(transaction, key, request), context.CancellationToken);
        return new RegisterMailDomainResponse();
    }

    public override async Task<GetMailDomainResponse> GetMailDomain(GetMailDomainRequest request, ServerCallContext context)
    {
        using var key = await keys.InstallationAsync(context.CancellationToken);
        var (domain, organization) = await database.ReadAsync(
            Organization.ScopeOf(request.OrganizationId),
            transaction => RequireAsync(transaction, key, request.OrganizationId, request.DomainName), context.CancellationToken);
        var isVerified = await verify.RunAsync(domain, context.CancellationToken);
        var name = domain.Name(key);
        var now = isVerified ? domain with { State = MailDomain.Verified } : domain;
        var setup = await check.OpenAsync(request.OrganizationId, now, context.CancellationToken);
        // Whoever waits for a proof wants to know at once; the test domain's zone is the operator's.
        if (!domain.IsTest && check.RecordsOf(name, now, setup).Any(IsUnproved))
            setup = await check.RunAsync(request.OrganizationId, name, now, context.CancellationToken);
        var records = check.RecordsOf(name, now, setup);
        return new GetMailDomainResponse
        {
            IsTestDomain = domain.IsTest,
            IsDefault = domain.DomainId == organization.DefaultDomainId,
            OwnershipVerificationStatus = domain.IsTest ? Verification.Verified : StatusOf(records, Purpose.OwnershipToken),
            DkimVerificationStatus = StatusOf(records, Purpose.Dkim),
            Records = { records.Select(record => new DnsRecord { Type = record.Type, Hostname = record.Hostname, Value = record.Value }) },
        };
    }

    private static bool IsUnproved(MailDomainRecord record) => record is { Purpose: Purpose.OwnershipToken or Purpose.Dkim, Status: not Status.Verified };

    /// <summary>Of all records of a purpose the one that is worst.</summary>
    private static Verification StatusOf(IEnumerable<MailDomainRecord> records, Purpose purpose)
    {
        var statuses = records.Where(record => record.Purpose == purpose).Select(record => record.Status).ToList();
        if (statuses.Contains(Status.Failed))
            return Verification.Failed;
        return statuses.TrueForAll(status => status == Status.Verified) ? Verification.Verified : Verification.Pending;
    }

    public override async Task<ListMailDomainsResponse> ListMailDomains(ListMailDomainsRequest request, ServerCallContext context)
    {
        var after = PageToken.Read(request.NextToken);
        var count = PageToken.Count(request.HasMaxResults, request.MaxResults);
        using var key = await keys.InstallationAsync(context.CancellationToken);
        var (organization, rows) = await database.ReadAsync(
            Organization.ScopeOf(request.OrganizationId),
            async transaction =>
            {
                var found = await OrganizationTable.RequireActiveAsync(transaction, request.OrganizationId);
                return (found, await DomainTable.ListAsync(transaction, found.OrganizationId, after, count + 1));
            },
            context.CancellationToken);
        var response = new ListMailDomainsResponse();
        foreach (var domain in rows.Take(count))
            response.MailDomains.Add(new MailDomainSummary { DomainName = domain.Name(key), DefaultDomain = domain.DomainId == organization.DefaultDomainId });
        if (rows.Count > count)
            response.NextToken = PageToken.Write(rows[count - 1].DomainId);
        return response;
    }

    public override async Task<UpdateDefaultMailDomainResponse> UpdateDefaultMailDomain(
        UpdateDefaultMailDomainRequest request, ServerCallContext context)
    {
        using var key = await keys.InstallationAsync(context.CancellationToken);
        await database.WriteAsync(
            Organization.ScopeOf(request.OrganizationId),
            async transaction =>
            {
                var (domain, organization) = await RequireAsync(transaction, key, request.OrganizationId, request.DomainName);
                if (!domain.IsVerified)
                    throw AdminError.DomainState(request.DomainName);
                return await OrganizationTable.SetDefaultAsync(transaction, organization.OrganizationId, domain.DomainId);
            },
            context.CancellationToken);
        return new UpdateDefaultMailDomainResponse();
    }

    /// <summary>A domain that is not there is removed already.</summary>
    public override async Task<DeregisterMailDomainResponse> DeregisterMailDomain(DeregisterMailDomainRequest request, ServerCallContext context)
    {
        using var key = await keys.InstallationAsync(context.CancellationToken);
        var id = await database.WriteAsync(
            Organization.ScopeOf(request.OrganizationId),
            async transaction =>
            {
                var organization = await OrganizationTable.RequireActiveAsync(transaction, request.OrganizationId);
                if (MailAddress.NormalizeDomain(request.DomainName) is not { } name
                    || await DomainTable.FindAsync(transaction, organization.OrganizationId, BlindIndexes.OfDomain(key, name)) is not { } domain)
                    return organization.OrganizationId;
                if (domain.IsTest)
                    throw AdminError.InvalidParameter("DomainName: the test mail domain stays as long as its organization");
                if (domain.DomainId == organization.DefaultDomainId)
                    throw AdminError.DomainStillUsed($"{name} is the default domain: make another one the default with UpdateDefaultMailDomain first");
                if (!await DomainTable.DeleteAsync(transaction, organization.OrganizationId, domain.DomainId))
                    throw AdminError.DomainStillUsed($"{name} is in addresses of users, groups or resources: delete or change those first");
                await Records.DeleteAsync(transaction, RecordKind.MailDomain, organization.OrganizationId, domain.DomainId);
                return organization.OrganizationId;
            },
            context.CancellationToken);
        events.DirectoryChanged(id);
        return new DeregisterMailDomainResponse();
    }

    private static async ValueTask<(MailDomain Domain, Organization Organization)> RequireAsync(
        Transaction transaction, DataKey key, string organizationId, string name)
    {
        var organization = await OrganizationTable.RequireActiveAsync(transaction, organizationId);
        var domain = MailAddress.NormalizeDomain(name) is { } normal
            ? await DomainTable.FindAsync(transaction, organization.OrganizationId, BlindIndexes.OfDomain(key, normal))
            : null;
        return (domain ?? throw AdminError.DomainNotFound(name), organization);
    }

    private async ValueTask<bool> RegisterAsync(Transaction transaction, DataKey key, RegisterMailDomainRequest request)
    {
        var organization = await OrganizationTable.RequireActiveAsync(transaction, request.OrganizationId);
        if (MailAddress.NormalizeDomain(request.DomainName) is not { } name || !name.Contains('.', StringComparison.Ordinal)
            || name.EndsWith("." + installation.TestDomainSuffix, StringComparison.Ordinal))
            throw AdminError.InvalidParameter($"DomainName: {request.DomainName} can't be registered");
        var index = BlindIndexes.OfDomain(key, name);
        if (await DomainTable.FindVerifiedAsync(transaction, index) is not null)
            throw AdminError.DomainInUse(name);
        if (await DomainTable.CountAsync(transaction, organization.OrganizationId) >= DomainsMax)
            throw AdminError.Limit($"An organization has at most {DomainsMax} domains");
        var now = clock.GetUtcNow();
        var id = Guid.CreateVersion7(now);
        var domain = new MailDomain(
            organization.OrganizationId, id, MailDomain.Pending, false, OwnershipToken.Create(), MailDomain.SealName(key, id, name), now);
        await DomainTable.InsertAsync(transaction, domain, index);
        return true;
    }
}
