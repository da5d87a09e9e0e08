using Mailstead.Contracts.Events;
using MassTransit;

namespace Mailstead.Directories;

/// <summary>Tells the other services that answers they remember are stale.</summary>
internal sealed class AccessEvents(IBus bus, RecipientCache recipients, TimeProvider clock)
{
    public Task DirectoryChangedAsync(Guid organizationId, CancellationToken cancellationToken)
    {
        recipients.Clear();
        return bus.Publish(new DirectoryChanged(organizationId, clock.GetUtcNow()), cancellationToken);
    }

    public Task UserAccessChangedAsync(Guid organizationId, Guid userId, CancellationToken cancellationToken) =>
        bus.Publish(new UserAccessChanged(organizationId, userId, clock.GetUtcNow()), cancellationToken);
}
