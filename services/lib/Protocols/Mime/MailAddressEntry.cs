namespace Mailstead.Protocols.Mime;

/// <summary>
/// One address of a list as IMAP's ENVELOPE tells it (RFC 9051 §7.5.2). A group begins with an entry that has a mailbox (its
/// name) and no host, and ends with one that has neither.
/// </summary>
/// <param name="DisplayName">As sent, quotes removed, encoded words kept; null when absent.</param>
/// <param name="Mailbox">Local part; null ends a group.</param>
/// <param name="Host">Domain; null begins or ends a group.</param>
public sealed record MailAddressEntry(string? DisplayName, string? Mailbox, string? Host)
{
    /// <summary><c>mailbox@host</c>, or null for the marks of a group.</summary>
    public string? Address => Mailbox is not null && Host is not null ? $"{Mailbox}@{Host}" : null;
}
