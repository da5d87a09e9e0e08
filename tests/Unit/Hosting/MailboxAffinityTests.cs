using Mailstead.Hosting.Grpc.Remote;

namespace Mailstead.Unit.Hosting;

/// <summary>Rendezvous hashing: a mailbox has one replica, and few move when replicas do.</summary>
public sealed class MailboxAffinityTests
{
    private static readonly string[] Replicas = ["10.0.0.1:7443", "10.0.0.2:7443", "10.0.0.3:7443", "10.0.0.4:7443"];
    private static readonly string[] Mailboxes = [.. Enumerable.Range(0, 4000).Select(number => $"mailbox-{number}")];

    [Fact]
    public void The_order_in_which_replicas_are_found_does_not_matter() =>
        Assert.All(Mailboxes, mailbox => Assert.Equal(
            Replicas[MailboxAffinity.Choose(Replicas, mailbox)],
            Replicas.Reverse().ElementAt(MailboxAffinity.Choose([.. Replicas.Reverse()], mailbox))));

    [Fact]
    public void Every_replica_has_its_share() =>
        Assert.All(
            Mailboxes.CountBy(mailbox => MailboxAffinity.Choose(Replicas, mailbox)),
            share => Assert.InRange(share.Value, Mailboxes.Length / Replicas.Length * 8 / 10, Mailboxes.Length / Replicas.Length * 12 / 10));

    [Fact]
    public void Only_the_mailboxes_of_a_replica_that_goes_move()
    {
        string[] left = [.. Replicas.Take(3)];

        Assert.All(Mailboxes, mailbox =>
        {
            var before = MailboxAffinity.Choose(Replicas, mailbox);
            if (before < 3)
                Assert.Equal(before, MailboxAffinity.Choose(left, mailbox));
        });
    }
}
