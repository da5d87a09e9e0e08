using Mailstead.Contracts.Events;
using MassTransit;

namespace Mailstead.Delivery.Routing;

/// <summary>A busy replica has left work in the spool.</summary>
internal sealed class SpoolHasWorkConsumer(RoutingQueue routing) : IConsumer<SpoolHasWork>
{
    public Task Consume(ConsumeContext<SpoolHasWork> context)
    {
        routing.Wake();
        return Task.CompletedTask;
    }
}
