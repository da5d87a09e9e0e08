namespace Mailstead.Benchmarks.Targets;

/// <summary>An address with a mailbox; it is also what one signs in with.</summary>
internal sealed record Account(string Address, string Password);
