using Mailstead.Contracts;
using Mailstead.Contracts.Mailboxes.V1;

namespace Mailstead.Imap.Commands;

/// <summary>EXPUNGE (RFC 9051 §6.4.3) and UID EXPUNGE (RFC 4315 §2.1). What is gone is told like any other change, behind it.</summary>
internal sealed class Expunge(MailboxesApi.MailboxesApiClient mailboxes)
{
    public Task<ImapReply> RunAsync(ImapArguments arguments, CancellationToken cancellationToken) =>
        arguments.Octets.IsEmpty
            ? RemoveAsync(arguments, new ExpungeRequest { All = true }, cancellationToken)
            : Task.FromResult(ImapReply.Bad("EXPUNGE takes no arguments"));

    public Task<ImapReply> UidAsync(ImapArguments arguments, CancellationToken cancellationToken)
    {
        var reader = arguments.Reader;
        if (!reader.TrySequenceSet(out var set) || !reader.AtEnd)
            return Task.FromResult(ImapReply.Bad("UID EXPUNGE needs a set of UIDs"));
        var uids = arguments.Session.View!.Select(set, isUid: true);
        return uids.Count == 0
            ? Task.FromResult(ImapReply.Ok("UID EXPUNGE completed"))
            : RemoveAsync(arguments, new ExpungeRequest { Uids = Packed.Copy<uint>(uids.ToArray()), OnlyDeleted = true }, cancellationToken);
    }

    private async Task<ImapReply> RemoveAsync(ImapArguments arguments, ExpungeRequest request, CancellationToken cancellationToken)
    {
        var session = arguments.Session;
        var view = session.View!;
        if (view.IsReadOnly)
            return ImapReply.No("READ-ONLY", "The mailbox is open read-only");
        request.Mailbox = view.Mailbox;
        request.FolderId = view.FolderId;
        var response = await mailboxes.ExpungeAsync(request, cancellationToken: cancellationToken);
        session.HasNews |= !response.RemovedUids.IsEmpty;
        return session.HasQResync && response.HighestModseq > 0
            ? ImapReply.Ok($"HIGHESTMODSEQ {response.HighestModseq}", "EXPUNGE completed")
            : ImapReply.Ok("EXPUNGE completed");
    }
}
