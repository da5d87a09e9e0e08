using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Mailstead.Contracts.Admin.V1;
using Mailstead.Directories.Domains;
using Mailstead.Hosting;
using Mailstead.Persistence.Databases;
using Mailstead.Persistence.Encryption;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Directories.Organizations;

/// <summary>The Organizations contract: making and deleting are use cases of their own, reading is here.</summary>
internal sealed class OrganizationsGrpc(
    [FromKeyedServices("directories")] Database database, DirectoryKeys keys, CreateOrganization create, DeleteOrganization delete,
    InstallationOptions installation) : Contracts.Admin.V1.Organizations.OrganizationsBase
{
    public override Task<CreateOrganizationResponse> CreateOrganization(CreateOrganizationRequest request, ServerCallContext context) =>
        create.RunAsync(request, context.CancellationToken);

    public override Task<DeleteOrganizationResponse> DeleteOrganization(DeleteOrganizationRequest request, ServerCallContext context) =>
        delete.RunAsync(request, context.CancellationToken);

    public override async Task<DescribeOrganizationResponse> DescribeOrganization(
        DescribeOrganizationRequest request, ServerCallContext context)
    {
        using var key = await keys.InstallationAsync(context.CancellationToken);
        var (organization, domain) = await database.ReadAsync(
            Organization.ScopeOf(request.OrganizationId),
            async transaction =>
            {
                if (!Organization.TryParse(request.OrganizationId, out var id)
                    || await OrganizationTable.FindAsync(transaction, id) is not { } found)
                    throw AdminError.OrganizationNotFound();
                return (found, await DomainTable.FindAsync(transaction, id, found.DefaultDomainId));
            },
            context.CancellationToken);
        var record = organization.Open(key);
        var response = new DescribeOrganizationResponse
        {
            OrganizationId = organization.PublicId,
            Alias = record.Alias,
            State = organization.State,
            DirectoryId = "d-" + organization.OrganizationId.ToString("N")[^10..],
            DirectoryType = "MailsteadDirectory",
            Arn = CreationLoop.ArnOf(installation, organization.OrganizationId),
            InteroperabilityEnabled = record.IsInteroperable,
        };
        if (domain is not null)
            response.DefaultMailDomain = domain.Name(key);
        if (record.MigrationAdmin.Length > 0)
            response.MigrationAdmin = record.MigrationAdmin;
        if (record.ErrorMessage is { } error)
            response.ErrorMessage = error;
        if (organization.CompletedAt is { } completed)
            response.CompletedDate = Timestamp.FromDateTimeOffset(DateTimeOffset.FromUnixTimeMilliseconds(completed));
        return response;
    }

    public override async Task<ListOrganizationsResponse> ListOrganizations(ListOrganizationsRequest request, ServerCallContext context)
    {
        var after = PageToken.Read(request.NextToken);
        var count = PageToken.Count(request.HasMaxResults, request.MaxResults);
        using var key = await keys.InstallationAsync(context.CancellationToken);
        var rows = await database.ReadAsync(
            TenantScope.None, transaction => OrganizationTable.ListAsync(transaction, after, count + 1), context.CancellationToken);
        return await database.ReadAsync(
            TenantScope.Of(rows.Select(row => row.OrganizationId)), transaction => DescribeAsync(transaction, key, rows, count),
            context.CancellationToken);
    }

    private static async ValueTask<ListOrganizationsResponse> DescribeAsync(
        Transaction transaction, DataKey key, List<Organization> rows, int count)
    {
        var response = new ListOrganizationsResponse();
        foreach (var organization in rows.Take(count))
        {
            var record = organization.Open(key);
            var summary = new OrganizationSummary { OrganizationId = organization.PublicId, Alias = record.Alias, State = organization.State };
            if (await DomainTable.FindAsync(transaction, organization.OrganizationId, organization.DefaultDomainId) is { } domain)
                summary.DefaultMailDomain = domain.Name(key);
            if (record.ErrorMessage is { } error)
                summary.ErrorMessage = error;
            response.OrganizationSummaries.Add(summary);
        }

        if (rows.Count > count)
            response.NextToken = PageToken.Write(rows[count - 1].OrganizationId);
        return response;
    }
}
