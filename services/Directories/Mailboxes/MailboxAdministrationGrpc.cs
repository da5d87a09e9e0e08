using Grpc.Core;
using Mailstead.Contracts.Admin.V1;
using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Directories.Entities;
using Mailstead.Directories.Organizations;
using Mailstead.Persistence.Databases;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Directories.Mailboxes;

/// <summary>
/// Size and quota for administrators, in MB. Users are named by id, name or address, which only the directory knows; their mailboxes, which
/// have the users' ids, are asked for the rest.
/// </summary>
internal sealed class MailboxAdministrationGrpc(
    [FromKeyedServices("directories")] Database database, DirectoryKeys keys, MailboxesApi.MailboxesApiClient mailboxes)
    : MailboxAdministration.MailboxAdministrationBase
{
    private const long Megabyte = 1024 * 1024;

    public override async Task<GetMailboxDetailsResponse> GetMailboxDetails(GetMailboxDetailsRequest request, ServerCallContext context)
    {
        var mailbox = await FindAsync(request.OrganizationId, request.UserId, context.CancellationToken);
        var found = await RequireAsync(
            mailboxes.GetMailboxAsync(new GetMailboxRequest { Mailbox = mailbox }, cancellationToken: context.CancellationToken));
        return new GetMailboxDetailsResponse
        {
            MailboxQuota = (int)(found.QuotaBytes / Megabyte),
            MailboxSize = Math.Round((double)found.UsedBytes / Megabyte, 3),
        };
    }

    public override async Task<UpdateMailboxQuotaResponse> UpdateMailboxQuota(UpdateMailboxQuotaRequest request, ServerCallContext context)
    {
        var mailbox = await FindAsync(request.OrganizationId, request.UserId, context.CancellationToken);
        await RequireAsync(mailboxes.SetQuotaAsync(
            new SetQuotaRequest { Mailbox = mailbox, QuotaBytes = request.MailboxQuota * Megabyte }, cancellationToken: context.CancellationToken));
        return new UpdateMailboxQuotaResponse();
    }

    private async Task<MailboxRef> FindAsync(string organization, string user, CancellationToken cancellationToken)
    {
        using var installation = await keys.InstallationAsync(cancellationToken);
        var (organizationId, entity) = await database.ReadAsync(
            Organization.ScopeOf(organization),
            transaction => EntityLookup.RequireAsync(transaction, installation, organization, user, EntityKind.User), cancellationToken);
        return new MailboxRef { OrganizationId = organizationId.ToString(), MailboxId = entity.EntityId.ToString() };
    }

    private static async Task<T> RequireAsync<T>(AsyncUnaryCall<T> call)
    {
        try
        {
            return await call;
        }
        catch (RpcException missing) when (missing.StatusCode == StatusCode.NotFound)
        {
            throw AdminError.EntityState("The user has no mailbox; enable the user first (RegisterToWorkMail)");
        }
    }
}
