using System.Collections.Concurrent;
using Mailstead.Contracts.Directories.V1;

namespace Mailstead.Delivery.MailFlow;

/// <summary>What organizations have decided about their mail, asked of the directory and kept for seconds: a change acts on mail soon after it.</summary>
internal sealed class MailPolicies(DirectoriesApi.DirectoriesApiClient directories, TimeProvider clock)
{
    /// <summary>A changed rule acts within five seconds.</summary>
    private static readonly TimeSpan PolicyLife = TimeSpan.FromSeconds(3);

    /// <summary>A rotated key's predecessor stays in DNS for a week.</summary>
    private static readonly TimeSpan KeysLife = TimeSpan.FromMinutes(1);

    private const int EntriesMax = 20_000;

    private readonly ConcurrentDictionary<Guid, (GetMailPolicyResponse Policy, long AskedAt)> policies = [];
    private readonly ConcurrentDictionary<(Guid OrganizationId, string Domain), (GetSigningKeysResponse Keys, long AskedAt)> keys = [];

    /// <exception cref="Grpc.Core.RpcException">It can't be told now; FAILED_PRECONDITION: the organization's key is locked.</exception>
    public ValueTask<GetMailPolicyResponse> GetAsync(Guid organizationId, CancellationToken cancellationToken) => GetAsync(
        policies, organizationId, PolicyLife,
        async () => await directories.GetMailPolicyAsync(
            new GetMailPolicyRequest { OrganizationId = organizationId.ToString() }, cancellationToken: cancellationToken));

    /// <summary>None when the domain is not the organization's.</summary>
    /// <exception cref="Grpc.Core.RpcException">It can't be told now; FAILED_PRECONDITION: the organization's key is locked.</exception>
    public async ValueTask<IReadOnlyList<SigningKey>> SigningKeysAsync(Guid organizationId, string domain, CancellationToken cancellationToken) => (await GetAsync(
        keys, (organizationId, domain), KeysLife,
        async () => await directories.GetSigningKeysAsync(
            new GetSigningKeysRequest { OrganizationId = organizationId.ToString(), DomainName = domain }, cancellationToken: cancellationToken))).Keys;

    private async ValueTask<T> GetAsync<TKey, T>(
        ConcurrentDictionary<TKey, (T Value, long AskedAt)> cache, TKey key, TimeSpan life, Func<Task<T>> ask)
        where TKey : notnull
    {
        if (cache.TryGetValue(key, out var entry) && clock.GetElapsedTime(entry.AskedAt) < life)
            return entry.Value;
        var askedAt = clock.GetTimestamp();
        var value = await ask();
        if (cache.Count >= EntriesMax)
            cache.Clear();
        cache[key] = (value, askedAt);
        return value;
    }
}
