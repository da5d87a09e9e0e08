using Mailstead.Contracts.Directories.V1;
using Mailstead.Directories.Entities;
using Mailstead.Directories.Permissions;
using Mailstead.Persistence.Databases;
using Mailstead.Protocols.Addresses;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Directories.Addresses;

/// <summary>Whose addresses a user may write in From: the own ones, and those of owners and groups that permit it.</summary>
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
            var index = MailAddress.TryParse(text, out var address) ? BlindIndexes.OfAddress(installation, address) : null;
            response.Rights.Add(index is null ? SendingRight.NoRight : await database.ReadAsync(
                TenantScope.Of(organizationId), transaction => OfAsync(transaction, index, organizationId, userId), cancellationToken));
        }

        return response;
    }

    private static async ValueTask<SendingRight> OfAsync(Transaction transaction, byte[] index, Guid organizationId, Guid userId)
    {
        if (await AddressTable.FindAsync(transaction, index) is not { } row || row.OrganizationId != organizationId)
            return SendingRight.NoRight;
        if (row.EntityId == userId)
            return SendingRight.OwnAddress;
        if (await EntityTable.FindAsync(transaction, organizationId, row.EntityId) is not { IsEnabled: true })
            return SendingRight.NoRight;
        var rights = await EffectiveRights.OfAsync(transaction, organizationId, row.EntityId, userId);
        return rights.HasFlag(MailboxRights.SendAs) ? SendingRight.SendAs
            : rights.HasFlag(MailboxRights.SendOnBehalf) ? SendingRight.SendOnBehalf
            : SendingRight.NoRight;
    }
}
