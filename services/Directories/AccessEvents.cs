using Mailstead.Contracts.Events;
using Mailstead.Hosting.Bus;

namespace Mailstead.Directories;

/// <summary>Tells the other services that answers they remember are stale.</summary>
internal sealed class AccessEvents(Announcements announcements, RecipientCache recipients, TimeProvider clock)
{
    public void DirectoryChanged(Guid organizationId)
    {
        recipients.Clear();
        announcements.Add(new DirectoryChanged(organizationId, clock.GetUtcNow()), organizationId);
    }

    public void UserAccessChanged(Guid organizationId, Guid userId) =>
        announcements.Add(new UserAccessChanged(organizationId, userId, clock.GetUtcNow()), userId);
}
