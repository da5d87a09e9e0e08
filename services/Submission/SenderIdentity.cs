using Mailstead.Contracts.Directories.V1;
using Mailstead.Protocols.Smtp;

namespace Mailstead.Submission;

/// <summary>May this user send under these addresses?</summary>
internal static class SenderIdentity
{
    /// <summary>The first address that the user may not use, or null.</summary>
    public static async ValueTask<string?> FindForbiddenAsync(
        DirectoriesApi.DirectoriesApiClient directories, Principal principal, IReadOnlyList<string> addresses,
        CancellationToken cancellationToken)
    {
        var request = new GetSendingRightsRequest { OrganizationId = principal.OrganizationId, UserId = principal.UserId };
        request.Addresses.AddRange(addresses);
        var answer = await directories.GetSendingRightsAsync(request, cancellationToken: cancellationToken);
        for (var i = 0; i < addresses.Count; i++)
        {
            if (answer.Rights[i] == SendingRight.NoRight)
                return addresses[i];
        }

        return null;
    }

    public static SmtpReply Refusal(string address) =>
        new(553, "5.7.1", $"You may not send as <{address}>: use an address of your own");
}
