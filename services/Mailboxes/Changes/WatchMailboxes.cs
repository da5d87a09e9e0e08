using Grpc.Core;
using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Mailboxes.Folders;
using Mailstead.Persistence.Databases;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Mailboxes.Changes;

/// <summary>Serves one gateway's stream: takes what it wants to hear of, sends what happens there.</summary>
internal sealed class WatchMailboxes([FromKeyedServices("mailboxes")] Database database, WatchHub hub)
{
    public async Task RunAsync(
        IAsyncStreamReader<WatchRequest> requests, IServerStreamWriter<MailboxChanged> changes, CancellationToken cancellationToken)
    {
        using var watcher = hub.Add();
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var sending = SendAsync(watcher, changes, ending.Token);
        try
        {
            while (await requests.MoveNext(cancellationToken))
                await TakeAsync(watcher, requests.Current, cancellationToken);
        }
        finally
        {
            await ending.CancelAsync();
            await sending;
        }
    }

    private async Task TakeAsync(WatchHub.Watcher watcher, WatchRequest request, CancellationToken cancellationToken)
    {
        var mailbox = MailboxName.Of(new MailboxRef { OrganizationId = request.OrganizationId, MailboxId = request.MailboxId });
        if (request.Stop)
        {
            watcher.Stop(mailbox.MailboxId);
            return;
        }

        // A mailbox that has gone meanwhile, or is another organization's, has nothing to tell; the stream serves many more.
        if (await database.ReadAsync(
            mailbox.Scope, transaction => FolderQueries.ExistsAsync(transaction, mailbox), cancellationToken))
            watcher.Watch(mailbox.MailboxId);
    }

    private static async Task SendAsync(
        WatchHub.Watcher watcher, IServerStreamWriter<MailboxChanged> changes, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                foreach (var change in await watcher.NextAsync(cancellationToken))
                    await changes.WriteAsync(change, cancellationToken);
            }
        }
        catch (Exception ended) when (ended is OperationCanceledException or RpcException)
        {
            // The stream is over; the gateway opens another one and reads what it missed by modseq.
        }
    }
}
