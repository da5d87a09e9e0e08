using System.Collections.Concurrent;

namespace Mailstead.Delivery.Spool;

/// <summary>
/// The rows that this process has in hand, each with when it took it. A row whose lease it has without knowing (the answer of the
/// database was lost, or a pass could not record its end) is not among them, and is anyone's when the lease ends.
/// </summary>
internal sealed class HeldLeases(TimeProvider clock)
{
    private readonly ConcurrentDictionary<(Guid OrganizationId, Guid Id), DateTimeOffset> rows = new();

    public void Add(Guid organizationId, Guid id) => rows[(organizationId, id)] = clock.GetUtcNow();

    public void Remove(Guid organizationId, Guid id) => rows.TryRemove((organizationId, id), out _);

    /// <summary>Those that were taken before then: of the others the lease is still long.</summary>
    public IReadOnlyList<(Guid OrganizationId, Guid Id)> TakenBefore(DateTimeOffset time) =>
        [.. rows.Where(row => row.Value < time).Select(row => row.Key)];
}
