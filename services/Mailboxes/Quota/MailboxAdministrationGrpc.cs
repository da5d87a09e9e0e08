using Grpc.Core;
using Mailstead.Contracts.Admin.V1;

namespace Mailstead.Mailboxes.Quota;

/// <summary>Size and quota for administrators, in MB. A user's mailbox has the user's id.</summary>
internal sealed class MailboxAdministrationGrpc(MailboxQuota quota) : MailboxAdministration.MailboxAdministrationBase
{
    private const long Megabyte = 1024 * 1024;
    private const int QuotaMegabytesMax = 51_200;

    public override async Task<GetMailboxDetailsResponse> GetMailboxDetails(GetMailboxDetailsRequest request, ServerCallContext context)
    {
        var found = await TranslateAsync(() => quota.GetAsync(NameOf(request.OrganizationId, request.UserId), context.CancellationToken));
        return new GetMailboxDetailsResponse
        {
            MailboxQuota = (int)(found.QuotaBytes / Megabyte),
            MailboxSize = Math.Round((double)found.UsedBytes / Megabyte, 3),
        };
    }

    public override async Task<UpdateMailboxQuotaResponse> UpdateMailboxQuota(UpdateMailboxQuotaRequest request, ServerCallContext context)
    {
        if (request.MailboxQuota > QuotaMegabytesMax)
            throw Fail("InvalidParameterException", StatusCode.InvalidArgument, $"MailboxQuota is at most {QuotaMegabytesMax} MB");
        await TranslateAsync(async () =>
        {
            await quota.SetAsync(NameOf(request.OrganizationId, request.UserId), request.MailboxQuota * Megabyte, context.CancellationToken);
            return true;
        });
        return new UpdateMailboxQuotaResponse();
    }

    private static MailboxName NameOf(string organizationId, string userId) =>
        organizationId.StartsWith("m-", StringComparison.Ordinal) && Guid.TryParseExact(organizationId[2..], "N", out var organization)
        && Guid.TryParse(userId, out var user)
            ? new MailboxName(organization, user)
            : throw Fail("EntityNotFoundException", StatusCode.NotFound, "The user does not exist in this organization, or has no mailbox; name it by its id");

    private static async Task<T> TranslateAsync<T>(Func<Task<T>> action)
    {
        try
        {
            return await action();
        }
        catch (RpcException missing) when (missing.StatusCode == StatusCode.NotFound && missing.Trailers.Count == 0)
        {
            throw Fail("EntityNotFoundException", StatusCode.NotFound, "The user does not exist in this organization, or has no mailbox");
        }
    }

    private static RpcException Fail(string type, StatusCode code, string message) =>
        new(new Status(code, message), new Metadata { { "mailstead-error-type", type } });
}
