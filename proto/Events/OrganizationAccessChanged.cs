namespace Mailstead.Contracts.Events;

/// <summary>
/// What the users of an organization may do has changed as a whole (an access control rule): gateways check all its live sessions again
/// and close those that may not go on.
/// </summary>
public sealed record OrganizationAccessChanged(Guid OrganizationId, DateTimeOffset ChangedAt);
