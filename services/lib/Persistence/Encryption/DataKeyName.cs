namespace Mailstead.Persistence.Encryption;

/// <summary>Which data key: what it is for, whose it is, and of what (a mailbox; empty where there is nothing to name).</summary>
public readonly record struct DataKeyName(string Purpose, Guid OrganizationId, Guid SubjectId);
