using Mailstead.Contracts.Mailboxes.V1;

namespace Mailstead.Imap.Commands;

/// <summary>CLOSE and UNSELECT (RFC 9051 §6.4.1, §6.4.2).</summary>
internal sealed class Close(MailboxesApi.MailboxesApiClient mailboxes)
{
    public async Task<ImapReply> CloseAsync(ImapArguments arguments, CancellationToken cancellationToken)
    {
        var session = arguments.Session;
        if (session.View is { IsReadOnly: false } view)
        {
            await mailboxes.ExpungeAsync(
                new ExpungeRequest { Mailbox = view.Mailbox, FolderId = view.FolderId, All = true }, cancellationToken: cancellationToken);
        }

        session.View = null;
        return ImapReply.Ok("CLOSE completed");
    }

    public Task<ImapReply> UnselectAsync(ImapArguments arguments, CancellationToken cancellationToken)
    {
        arguments.Session.View = null;
        return Task.FromResult(ImapReply.Ok("UNSELECT completed"));
    }
}
