using Grpc.Core;
using Mailstead.Contracts.Admin.V1;
using Mailstead.Contracts.Directories.V1;
using Mailstead.Directories.Addresses;
using Mailstead.Directories.Organizations;
using Mailstead.Protocols.Addresses;
using Purpose = Mailstead.Contracts.Admin.V1.MailDomainRecordPurpose.Types.Value;
using Status = Mailstead.Contracts.Admin.V1.MailDomainRecordStatus.Types.Value;

namespace Mailstead.Directories.Domains;

/// <summary>The MailDomainRecords contract.</summary>
internal sealed class MailDomainRecordsGrpc(
    OrganizationWork work, VerifyDomain verify, CheckRecords check, RequiredRecords required, UpdateZone update, TimeProvider clock)
    : MailDomainRecords.MailDomainRecordsBase
{
    public override async Task<ListMailDomainRecordsResponse> ListMailDomainRecords(ListMailDomainRecordsRequest request, ServerCallContext context)
    {
        var (name, domain) = await RequireAsync(request.OrganizationId, request.DomainName, context.CancellationToken);
        var setup = request.Cached
            ? await check.OpenAsync(request.OrganizationId, domain, context.CancellationToken)
            : await CheckAsync(request.OrganizationId, name, domain, context.CancellationToken);
        var response = new ListMailDomainRecordsResponse { Records = { check.RecordsOf(name, domain, setup) }, CheckedAt = setup.CheckedAt };
        if (setup.MailFromDomain.Length > 0)
            response.MailFromDomain = setup.MailFromDomain;
        return response;
    }

    public override async Task<GetMailDomainZoneResponse> GetMailDomainZone(GetMailDomainZoneRequest request, ServerCallContext context)
    {
        var (name, domain) = await RequireAsync(request.OrganizationId, request.DomainName, context.CancellationToken);
        var setup = await check.OpenAsync(request.OrganizationId, domain, context.CancellationToken);
        return new GetMailDomainZoneResponse { ZoneFile = ZoneFile.Write(name, check.RecordsOf(name, domain, setup), required.ServicesOf(name)) };
    }

    public override async Task<UpdateMailDomainZoneResponse> UpdateMailDomainZone(UpdateMailDomainZoneRequest request, ServerCallContext context)
    {
        var (name, domain) = await RequireAsync(request.OrganizationId, request.DomainName, context.CancellationToken);
        // The server may have zones of others, who would not want their domains proved by this one.
        if (!domain.IsVerified || domain.IsTest)
            throw AdminError.DomainState(name);
        var setup = await CheckAsync(request.OrganizationId, name, domain, context.CancellationToken);
        var wrong = check.RecordsOf(name, domain, setup).Where(record => record.Status != Status.Verified).ToList();
        await update.RunAsync(name, wrong, context.CancellationToken);
        return new UpdateMailDomainZoneResponse { Records = { wrong } };
    }

    public override async Task<RotateDkimKeysResponse> RotateDkimKeys(RotateDkimKeysRequest request, ServerCallContext context)
    {
        var (name, domain) = await RequireAsync(request.OrganizationId, request.DomainName, context.CancellationToken);
        var setup = await CheckAsync(request.OrganizationId, name, domain, context.CancellationToken);
        var next = setup.DkimKeys.Single(key => key.Use == DkimKeyUse.Next);
        if (!check.RecordsOf(name, domain, setup).Any(record => record.Hostname.StartsWith(next.Selector + '.', StringComparison.Ordinal) && record.Status == Status.Verified))
        {
            throw AdminError.Of(
                StatusCode.FailedPrecondition, "MailDomainStateException",
                $"The record {next.Selector}._domainkey.{name}. of the next key is not in DNS: publish it, or mail would be signed with a key that nobody finds");
        }

        var changed = await check.ChangeAsync(
            request.OrganizationId, domain,
            stored =>
            {
                // Somebody else has done it meanwhile.
                if (stored.DkimKeys.All(key => key.Use != DkimKeyUse.Next || key.Selector != next.Selector))
                    return stored;
                var rotated = stored.Clone();
                rotated.DkimKeys.Clear();
                rotated.DkimKeys.Add(DkimKeys.Rotate(stored.DkimKeys, clock.GetUtcNow()));
                return rotated;
            },
            context.CancellationToken);
        return new RotateDkimKeysResponse { Records = { check.RecordsOf(name, domain, changed).Where(record => record.Purpose == Purpose.Dkim) } };
    }

    public override async Task<PutMailFromDomainResponse> PutMailFromDomain(PutMailFromDomainRequest request, ServerCallContext context)
    {
        var (name, domain) = await RequireAsync(request.OrganizationId, request.DomainName, context.CancellationToken);
        if (MailAddress.NormalizeDomain(request.MailFromDomain) is not { } sender || !sender.EndsWith("." + name, StringComparison.Ordinal))
            throw AdminError.InvalidParameter($"MailFromDomain: {request.MailFromDomain} is no subdomain of {name}");
        await SetMailFromAsync(request.OrganizationId, domain, sender, context.CancellationToken);
        return new PutMailFromDomainResponse();
    }

    public override async Task<DeleteMailFromDomainResponse> DeleteMailFromDomain(DeleteMailFromDomainRequest request, ServerCallContext context)
    {
        var (_, domain) = await RequireAsync(request.OrganizationId, request.DomainName, context.CancellationToken);
        await SetMailFromAsync(request.OrganizationId, domain, "", context.CancellationToken);
        return new DeleteMailFromDomainResponse();
    }

    private async Task SetMailFromAsync(string organizationId, MailDomain domain, string sender, CancellationToken cancellationToken)
    {
        await check.OpenAsync(organizationId, domain, cancellationToken);
        await check.ChangeAsync(organizationId, domain, stored => new StoredMailDomain(stored) { MailFromDomain = sender }, cancellationToken);
    }

    /// <summary>Ownership is looked up by whoever marks the domain as proved; then all records.</summary>
    private async Task<StoredMailDomain> CheckAsync(string organizationId, string name, MailDomain domain, CancellationToken cancellationToken)
    {
        var isVerified = await verify.RunAsync(domain, cancellationToken);
        return await check.RunAsync(organizationId, name, isVerified ? domain with { State = MailDomain.Verified } : domain, cancellationToken);
    }

    private Task<(string Name, MailDomain Domain)> RequireAsync(string organizationId, string name, CancellationToken cancellationToken) => work.ReadAsync(
        organizationId,
        async unit =>
        {
            var domain = MailAddress.NormalizeDomain(name) is { } normal
                ? await DomainTable.FindAsync(unit.Transaction, unit.Id, BlindIndexes.OfDomain(unit.Installation, normal))
                : null;
            return domain is null ? throw AdminError.DomainNotFound(name) : (domain.Name(unit.Installation), domain);
        },
        cancellationToken);
}
