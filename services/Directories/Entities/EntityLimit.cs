using System.Collections.Concurrent;
using Mailstead.Persistence.Databases;

namespace Mailstead.Directories.Entities;

/// <summary>
/// How many users, groups and resources an organization may have. Counting takes longer the more there are, so that far from the limit a
/// count is remembered for a moment.
/// </summary>
internal sealed class EntityLimit(DirectoriesOptions options, TimeProvider clock)
{
    /// <summary>More than can be made within <see cref="Life"/> by all replicas together.</summary>
    private const long Margin = 100_000;

    private static readonly TimeSpan Life = TimeSpan.FromSeconds(10);

    private static readonly Statement Count = new("SELECT COUNT(*) FROM entities WHERE organization_id = @organization_id");

    private readonly ConcurrentDictionary<Guid, (long Count, long CountedAt)> known = new();

    /// <exception cref="Grpc.Core.RpcException">LimitExceededException.</exception>
    public async ValueTask RequireRoomAsync(Transaction transaction, Guid organizationId)
    {
        if (known.TryGetValue(organizationId, out var last) && clock.GetElapsedTime(last.CountedAt) < Life && last.Count + Margin < options.EntitiesMax)
            return;
        var countedAt = clock.GetTimestamp();
        var count = await transaction.FindAsync(Count, reader => reader.GetInt64(0), organizationId);
        known[organizationId] = (count, countedAt);
        if (count >= options.EntitiesMax)
            throw AdminError.Limit($"An organization has at most {options.EntitiesMax} users, groups and resources");
    }
}
