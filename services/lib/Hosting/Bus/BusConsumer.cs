using MassTransit;

namespace Mailstead.Hosting.Bus;

/// <summary>A consumer of a module; with a role, one process of that role reacts, without one every process does.</summary>
internal sealed record BusConsumer(string? WorkerOf, Action<IBusRegistrationConfigurator> Register, Type Type)
{
    public static BusConsumer Of<TConsumer>(string? workerOf)
        where TConsumer : class, IConsumer => new(workerOf, bus => bus.AddConsumer<TConsumer>(), typeof(TConsumer));
}
