using Mailstead.Contracts.Directories.V1;
using Mailstead.Persistence.Databases;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Directories.Addresses;

/// <summary>Whose addresses a user may write in From. Their own; permissions of others come on top.</summary>
internal sealed class SendingRights([FromKeyedServices("directories")] Database database, DirectoryKeys keys)
{
    public async Task<GetSendingRightsResponse> RunAsync(GetSendingRightsRequest request, CancellationToken cancellationToken)
    {
        if (!Guid.TryParse(request.OrganizationId, out var organizationId) || !Guid.TryParse(request.UserId, out var userId))
            throw AdminError.InvalidParameter("organization_id and user_id must be UUIDs");
        using var installation = await keys.InstallationAsync(cancellationToken);
        var response = new GetSendingRightsResponse();
        foreach (var text in request.Addresses)
        {
            var row = MailAddress.TryParse(text, out var address)
                ? await database.ReadAsync(
                    TenantScope.None,
                    transaction => AddressTable.FindAsync(transaction, BlindIndexes.OfAddress(installation, address)), cancellationToken)
                : null;
            var isOwn = row is not null && row.OrganizationId == organizationId && row.EntityId == userId;
            response.Rights.Add(isOwn ? SendingRight.OwnAddress : SendingRight.NoRight);
        }

        return response;
    }
}
