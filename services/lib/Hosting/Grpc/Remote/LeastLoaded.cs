using Grpc.Net.Client.Balancer;
using Microsoft.Extensions.Logging;

namespace Mailstead.Hosting.Grpc.Remote;

/// <summary>Sends a call to the replica with the fewest calls of this process under way; among equals, to each in turn.</summary>
internal sealed class LeastLoaded(IChannelControlHelper controller, ILoggerFactory loggers) : SubchannelsLoadBalancer(controller, loggers)
{
    public const string Policy = "least_loaded";

    protected override SubchannelPicker CreatePicker(IReadOnlyList<Subchannel> readySubchannels) => new Picker(readySubchannels);

    public sealed class Factory : LoadBalancerFactory
    {
        public override string Name => Policy;

        public override LoadBalancer Create(LoadBalancerOptions options) => new LeastLoaded(options.Controller, options.LoggerFactory);
    }

    internal sealed class Picker(IReadOnlyList<Subchannel> replicas) : SubchannelPicker
    {
        private readonly Load[] loads = [.. replicas.Select(_ => new Load())];
        private uint turn;

        public override PickResult Pick(PickContext context)
        {
            var start = (int)(Interlocked.Increment(ref turn) % (uint)loads.Length);
            var chosen = start;
            for (var i = 1; i < loads.Length; i++)
            {
                var next = (start + i) % loads.Length;
                if (loads[next].Calls < loads[chosen].Calls)
                    chosen = next;
            }

            return PickResult.ForSubchannel(replicas[chosen], loads[chosen]);
        }
    }

    private sealed class Load : ISubchannelCallTracker
    {
        private int calls;

        public int Calls => Volatile.Read(ref calls);

        public void Start() => Interlocked.Increment(ref calls);

        public void Complete(CompletionContext context) => Interlocked.Decrement(ref calls);
    }
}
