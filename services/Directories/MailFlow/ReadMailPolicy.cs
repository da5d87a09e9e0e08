using Grpc.Core;
using Mailstead.Contracts.Directories.V1;
using Mailstead.Directories.Addresses;
using Mailstead.Directories.Domains;
using Mailstead.Directories.Organizations;
using Mailstead.Directories.Settings;
using Mailstead.Persistence.Databases;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Directories.MailFlow;

/// <summary>What Delivery has to know of an organization before it handles its mail. One that is not active has decided nothing.</summary>
internal sealed class ReadMailPolicy(
    [FromKeyedServices("directories")] Database database, OrganizationWork work, CheckRecords domainSetups)
{
    private const int DomainsMax = 1000;

    /// <exception cref="RpcException">FAILED_PRECONDITION: the organization's key is locked.</exception>
    public async Task<GetMailPolicyResponse> RunAsync(GetMailPolicyRequest request, CancellationToken cancellationToken)
    {
        if (await FindAsync(request.OrganizationId, cancellationToken) is not { } organization)
            return new GetMailPolicyResponse { EnforcesDmarc = true };
        return await work.ReadAsync(
            organization.PublicId,
            async unit => await WithJournalAsync(unit, new GetMailPolicyResponse
            {
                Rules = { (await MailFlowGrpc.Rules.ReadAsync(unit)).Rules },
                Gateways = { (await MailFlowGrpc.Gateways.ReadAsync(unit)).Gateways.Select(ToGateway) },
                FunctionSecret = (await MailFlowGrpc.FunctionSecret.ReadAsync(unit)).Secret,
                EnforcesDmarc = (await OrganizationSettingsGrpc.Dmarc.ReadAsync(unit)).Enforced,
            }),
            cancellationToken);
    }

    /// <exception cref="RpcException">FAILED_PRECONDITION: the organization's key is locked.</exception>
    public async Task<GetSigningKeysResponse> RunAsync(GetSigningKeysRequest request, CancellationToken cancellationToken)
    {
        if (await FindAsync(request.OrganizationId, cancellationToken) is not { } organization)
            return new GetSigningKeysResponse();
        var domain = await work.ReadAsync(
            organization.PublicId,
            unit => DomainTable.FindAsync(unit.Transaction, unit.Id, BlindIndexes.OfDomain(unit.Installation, request.DomainName)), cancellationToken);
        if (domain is not { IsVerified: true })
            return new GetSigningKeysResponse();
        var setup = await domainSetups.OpenAsync(organization.PublicId, domain, cancellationToken);
        return new GetSigningKeysResponse
        {
            Keys =
            {
                setup.DkimKeys.Where(key => key.Use == DkimKeyUse.Active).Select(key => new SigningKey
                {
                    Selector = key.Selector,
                    IsEd25519 = key.Algorithm == DkimAlgorithm.Ed25519,
                    PrivateKey = key.PrivateKey,
                }),
            },
        };
    }

    /// <summary>Reports are sent from the domain that every organization has.</summary>
    private static async ValueTask<GetMailPolicyResponse> WithJournalAsync(OrganizationUnit unit, GetMailPolicyResponse policy)
    {
        var journaling = await MailFlowGrpc.Journaling.ReadAsync(unit);
        if (!journaling.Enabled)
            return policy;
        var domains = await DomainTable.ListAsync(unit.Transaction, unit.Id, Guid.Empty, DomainsMax);
        if (domains.Find(domain => domain.IsTest) is not { } testDomain)
            return policy;
        policy.JournalAddress = journaling.JournalAddress;
        policy.JournalReportAddress = journaling.ReportAddress;
        policy.JournalSender = $"journaling@{testDomain.Name(unit.Installation)}";
        return policy;
    }

    private async Task<Organization?> FindAsync(string organizationId, CancellationToken cancellationToken)
    {
        if (!Guid.TryParse(organizationId, out var id))
            throw new RpcException(new Status(StatusCode.InvalidArgument, "organization_id must be a UUID"));
        var found = await database.ReadAsync(TenantScope.Of(id), transaction => OrganizationTable.FindAsync(transaction, id), cancellationToken);
        return found is { State: Organization.Active } ? found : null;
    }

    private static MailGateway ToGateway(StoredSmtpGateway stored) => new()
    {
        Name = stored.Gateway.Name,
        Host = stored.Gateway.Host,
        Port = stored.Gateway.Port,
        UserName = stored.Gateway.UserName,
        Password = stored.Password,
    };
}
