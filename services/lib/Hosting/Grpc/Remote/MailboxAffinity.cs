using System.IO.Hashing;
using System.Text;
using Grpc.Net.Client.Balancer;
using Grpc.Net.Client.Configuration;
using Microsoft.Extensions.Logging;

namespace Mailstead.Hosting.Grpc.Remote;

/// <summary>
/// Sends the calls of one mailbox to one replica, by rendezvous hashing: the replica whose hash with the mailbox is highest.
/// When replicas come and go only the mailboxes of those move. Any replica serves any mailbox; the one that always does has
/// its state at hand.
/// </summary>
internal sealed class MailboxAffinity(IChannelControlHelper controller, ILoggerFactory loggers) : SubchannelsLoadBalancer(controller, loggers)
{
    public const string Policy = "mailbox_affinity";

    /// <summary>Request header that names the mailbox; calls without one go to the least loaded replica.</summary>
    public const string Header = "mailstead-mailbox";

    protected override SubchannelPicker CreatePicker(IReadOnlyList<Subchannel> readySubchannels) => new Picker(readySubchannels);

    /// <summary>The index of the replica that has a mailbox.</summary>
    public static int Choose(IReadOnlyList<string> replicas, string mailbox)
    {
        var (chosen, highest) = (0, 0UL);
        for (var i = 0; i < replicas.Count; i++)
        {
            var hash = XxHash3.HashToUInt64(Encoding.UTF8.GetBytes($"{replicas[i]} {mailbox}"));
            if (i == 0 || hash > highest)
                (chosen, highest) = (i, hash);
        }

        return chosen;
    }

    public sealed class Factory : LoadBalancerFactory
    {
        public override string Name => Policy;

        public override LoadBalancer Create(LoadBalancerOptions options) => new MailboxAffinity(options.Controller, options.LoggerFactory);
    }

    private sealed class Picker(IReadOnlyList<Subchannel> replicas) : SubchannelPicker
    {
        private readonly string[] names = [.. replicas.Select(replica => replica.CurrentAddress?.EndPoint.ToString() ?? "")];
        private readonly LeastLoaded.Picker others = new(replicas);

        public override PickResult Pick(PickContext context) =>
            context.Request?.Headers.TryGetValues(Header, out var mailbox) == true
                ? PickResult.ForSubchannel(replicas[Choose(names, mailbox.First())])
                : others.Pick(context);
    }
}
