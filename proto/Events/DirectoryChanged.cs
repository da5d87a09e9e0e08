namespace Mailstead.Contracts.Events;

/// <summary>Entities, addresses or domains of an organization have changed: cached answers about it are stale.</summary>
public sealed record DirectoryChanged(Guid OrganizationId, DateTimeOffset ChangedAt);
