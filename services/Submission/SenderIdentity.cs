using Mailstead.Contracts.Directories.V1;
using Mailstead.Protocols.Smtp;

namespace Mailstead.Submission;

/// <summary>Under which addresses a user may send.</summary>
internal static class SenderIdentity
{
    /// <summary>In the order of the addresses.</summary>
    public static async ValueTask<IReadOnlyList<SendingRight>> RightsAsync(
        DirectoriesApi.DirectoriesApiClient directories, Principal principal, IReadOnlyList<string> addresses, CancellationToken cancellationToken)
    {
        var request = new GetSendingRightsRequest { OrganizationId = principal.OrganizationId, UserId = principal.UserId };
        request.Addresses.AddRange(addresses);
        return (await directories.GetSendingRightsAsync(request, cancellationToken: cancellationToken)).Rights;
    }

    /// <summary>
    /// Whoever sends as another stands for the other alone; whoever sends on another's behalf is named in Sender (RFC 5322 §3.6.2).
    /// </summary>
    /// <returns>Null: the user may; the header knows whether Sender has to be added.</returns>
    public static async ValueTask<SmtpReply?> CheckAsync(
        DirectoriesApi.DirectoriesApiClient directories, Principal principal, SubmittedHeader header, CancellationToken cancellationToken)
    {
        var rights = await RightsAsync(directories, principal, [.. header.Authors, .. header.Senders], cancellationToken);
        for (var i = 0; i < rights.Count; i++)
        {
            if (rights[i] == SendingRight.NoRight)
                return Refusal(i < header.Authors.Count ? header.Authors[i] : header.Senders[i - header.Authors.Count]);
        }

        var isOnBehalf = rights.Take(header.Authors.Count).Contains(SendingRight.SendOnBehalf);
        var senders = rights.Skip(header.Authors.Count).ToList();
        if (isOnBehalf && senders.Exists(right => right != SendingRight.OwnAddress))
            return new SmtpReply(553, "5.7.1", $"You may send on behalf of <{header.Authors[0]}> only: Sender must be an address of your own");
        header.NeedsSender = isOnBehalf && senders.Count == 0;
        return null;
    }

    public static SmtpReply Refusal(string address) =>
        new(553, "5.7.1", $"You may not send as <{address}>: use an address of your own, or have an administrator permit it");
}
