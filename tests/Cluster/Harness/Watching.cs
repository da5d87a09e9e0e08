using Grpc.Core;
using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Mailboxes.Changes;
using Mailstead.Stores.Harness;

namespace Mailstead.Cluster.Harness;

/// <summary>A gateway that watches one mailbox through a replica.</summary>
internal sealed class Watching : IAsyncDisposable
{
    private readonly AsyncDuplexStreamingCall<WatchRequest, MailboxChanged> call;

    private Watching(AsyncDuplexStreamingCall<WatchRequest, MailboxChanged> call) => this.call = call;

    public static async Task<Watching> StartAsync(Installation replica, MailboxRef mailbox)
    {
        var call = replica.Mailboxes.Watch();
        await call.RequestStream.WriteAsync(new WatchRequest { OrganizationId = mailbox.OrganizationId, MailboxId = mailbox.MailboxId });
        await Eventually.BecomesAsync(
            () => replica.Get<WatchHub>().Watched.Contains(Guid.Parse(mailbox.MailboxId)), "the mailbox is watched");
        return new Watching(call);
    }

    /// <summary>Waits until it is told of this or of something later.</summary>
    public async Task HearsAsync(long modSeq)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (await call.ResponseStream.MoveNext(patience.Token))
        {
            if (call.ResponseStream.Current.HighestModseq >= modSeq)
                return;
        }

        Assert.Fail("the stream ended");
    }

    public ValueTask DisposeAsync()
    {
        call.Dispose();
        return ValueTask.CompletedTask;
    }
}
