namespace Mailstead.Contracts.Events;

/// <summary>
/// A hint, coalesced, that the spool holds messages nobody has claimed. The spool itself is the truth: a lost hint costs
/// the time to the next sweep, nothing else.
/// </summary>
public sealed record SpoolHasWork(DateTimeOffset NoticedAt);
