using Mailstead.Contracts.Events;
using Mailstead.Directories.Users;
using Mailstead.Hosting.Bus;
using Mailstead.Persistence.Databases;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Directories;

/// <summary>Tells the other services that answers they remember are stale.</summary>
internal sealed class AccessEvents(
    [FromKeyedServices("directories")] Database database, Announcements announcements, RecipientCache recipients, TimeProvider clock)
{
    public void DirectoryChanged(Guid organizationId)
    {
        recipients.Clear();
        announcements.Add(new DirectoryChanged(organizationId, clock.GetUtcNow()), organizationId);
    }

    /// <summary>Of a change that <see cref="AccessChanges"/> has: it is kept there until the bus has the event.</summary>
    /// <param name="changedAt">In Unix milliseconds.</param>
    public void UserAccessChanged(Guid organizationId, Guid userId, long changedAt) => Announce(
        new UserAccessChanged(organizationId, userId, DateTimeOffset.FromUnixTimeMilliseconds(changedAt)), organizationId, userId, changedAt);

    /// <summary>The same, of everybody in the organization.</summary>
    public void OrganizationAccessChanged(Guid organizationId, long changedAt) => Announce(
        new OrganizationAccessChanged(organizationId, DateTimeOffset.FromUnixTimeMilliseconds(changedAt)), organizationId, AccessChanges.Everybody,
        changedAt);

    private void Announce<TEvent>(TEvent changed, Guid organizationId, Guid userId, long changedAt)
        where TEvent : class => announcements.Add(
            changed, userId == AccessChanges.Everybody ? organizationId : userId,
            cancellationToken => database.WriteAsync(
                TenantScope.Of(organizationId), transaction => AccessChanges.RemoveAsync(transaction, organizationId, userId, changedAt),
                cancellationToken));
}
