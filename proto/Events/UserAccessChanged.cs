namespace Mailstead.Contracts.Events;

/// <summary>
/// What a user may do has changed (disabled, password reset, rule or permission changed): gateways check the user's live
/// sessions again and close those that may not go on.
/// </summary>
public sealed record UserAccessChanged(Guid OrganizationId, Guid UserId, DateTimeOffset ChangedAt);
