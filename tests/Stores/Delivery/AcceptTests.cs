using System.Text;
using Google.Protobuf;
using Grpc.Core;
using Mailstead.Contracts.Delivery.V1;
using Mailstead.Contracts.Directories.V1;
using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Persistence.Databases;
using Mailstead.Stores.Harness;
using CopyOf = Mailstead.Contracts.Delivery.V1.EnvelopeRecipient;

namespace Mailstead.Stores.Delivery;

/// <summary>From the spool into mailboxes, whichever database they are on.</summary>
public sealed class AcceptTests(Installations installations)
{
    private const string Content = "Subject: accepted\r\n\r\nbody\r\n";

    [Theory, OnBothDatabases]
    public async Task A_message_to_two_organizations_reaches_both_and_leaves_the_spool(DatabaseKind kind)
    {
        var mine = await installations.NewMailboxAsync(kind);
        var theirs = await mine.Installation.NewMailboxAsync(await mine.Installation.NewOrganizationKeyAsync());

        var answer = await AcceptAsync(mine.Installation, To(mine), To(theirs));

        Assert.True(Guid.TryParse(answer.MessageId, out _));
        foreach (var mailbox in new[] { mine, theirs })
        {
            var inbox = await mailbox.InboxAsync();
            await Eventually(async () => (await mailbox.UidsAsync(inbox)).Count == 1);
            Assert.EndsWith(Content, await mailbox.TextAsync(inbox, 1));
        }

        await Eventually(async () => await CountAsync(mine.Installation, mine) == 0
            && await CountAsync(theirs.Installation, theirs) == 0);
        Assert.Equal([1u], await mine.UidsAsync(await mine.InboxAsync()));
    }

    [Theory, OnBothDatabases]
    public async Task Mail_from_the_null_sender_for_a_full_mailbox_ends_without_a_report(DatabaseKind kind)
    {
        var full = await installations.NewMailboxAsync(kind, quotaBytes: 5);

        await AcceptAsync(full.Installation, To(full));

        // The null sender gets no report: the message ends here.
        await Eventually(async () => await CountAsync(full.Installation, full) == 0);
        Assert.Empty(await full.UidsAsync(await full.InboxAsync()));
    }

    [Theory, OnBothDatabases]
    public async Task A_message_for_an_organization_without_a_key_is_for_later(DatabaseKind kind)
    {
        var installation = await installations.SharedAsync(kind);
        var stranger = new CopyOf
        {
            Address = "x@example.org",
            Resolved = new Recipient { Kind = RecipientKind.Mailbox, OrganizationId = Guid.NewGuid().ToString() }
        };

        var refused = await Assert.ThrowsAsync<RpcException>(() => AcceptAsync(installation, stranger));

        Assert.Equal(StatusCode.Unavailable, refused.StatusCode);
    }

    private static EnvelopeRecipient To(MailboxOnStore mailbox) => new()
    {
        Address = $"user-{mailbox.Ref.MailboxId}@example.org",
        Resolved = new Recipient
        {
            Kind = RecipientKind.Mailbox,
            OrganizationId = mailbox.Ref.OrganizationId,
            EntityId = mailbox.Ref.MailboxId,
            MailboxId = mailbox.Ref.MailboxId,
            PrimaryAddress = $"user-{mailbox.Ref.MailboxId}@example.org",
        },
    };

    private static async Task<AcceptResponse> AcceptAsync(Installation installation, params EnvelopeRecipient[] recipients)
    {
        using var call = installation.Delivery.Accept();
        var envelope = new Envelope { Direction = Direction.Inbound };
        envelope.Recipients.AddRange(recipients);
        await call.RequestStream.WriteAsync(new AcceptRequest { Envelope = envelope });
        await call.RequestStream.WriteAsync(
            new AcceptRequest { Data = ByteString.CopyFrom(Encoding.ASCII.GetBytes(Content)), Complete = true });
        await call.RequestStream.CompleteAsync();
        return await call.ResponseAsync;
    }

    private static async Task<long> CountAsync(Installation installation, MailboxOnStore mailbox) =>
        await installation.DatabaseOf("delivery").FindAsync<long>(
            TenantScope.Everyone, "SELECT COUNT(*) FROM spool WHERE organization_id = @id", new { id = Guid.Parse(mailbox.Ref.OrganizationId) },
                CancellationToken.None);

    private static async Task Eventually(Func<Task<bool>> condition)
    {
        for (var waited = 0; !await condition(); waited++)
        {
            Assert.True(waited < 1200, "It did not come to pass within a minute");
            await Task.Delay(50);
        }
    }
}
