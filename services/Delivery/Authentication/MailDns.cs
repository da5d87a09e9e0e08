using System.Collections.Concurrent;
using System.Net;
using DnsClient;
using DnsClient.Protocol;
using Mailstead.Hosting;
using Mailstead.Protocols.Dns;

namespace Mailstead.Delivery.Authentication;

/// <summary>
/// DNS for message authentication: answers are kept as long as they say, and that there was none for some seconds, so that mail does not queue up behind
/// a name server that is down.
/// </summary>
internal sealed class MailDns(InstallationOptions installation, DeliveryOptions options, TimeProvider clock) : IMailDns
{
    private const int FailuresMax = 10_000;
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan FailureLife = TimeSpan.FromMinutes(1);

    private readonly LookupClient dns = new(Options(installation, options));
    private readonly ConcurrentDictionary<(string Name, QueryType Type), long> failures = [];

    public Task<DnsAnswer<string>> FindTextsAsync(string name, CancellationToken cancellationToken) =>
        AskAsync(name, QueryType.TXT, records => records.OfType<TxtRecord>().Select(record => string.Concat(record.Text)), cancellationToken);

    public Task<DnsAnswer<IPAddress>> FindAddressesAsync(string name, bool isIPv6, CancellationToken cancellationToken) => isIPv6
        ? AskAsync(name, QueryType.AAAA, records => records.OfType<AaaaRecord>().Select(record => record.Address), cancellationToken)
        : AskAsync(name, QueryType.A, records => records.OfType<ARecord>().Select(record => record.Address), cancellationToken);

    public Task<DnsAnswer<string>> FindExchangersAsync(string name, CancellationToken cancellationToken) => AskAsync(
        name, QueryType.MX,
        records => records.OfType<MxRecord>().OrderBy(record => record.Preference).Select(record => record.Exchange.Value.TrimEnd('.')).Where(host => host.Length > 0),
        cancellationToken);

    public Task<DnsAnswer<string>> FindNamesAsync(IPAddress address, CancellationToken cancellationToken) => AskAsync(
        address.GetArpaName(), QueryType.PTR, records => records.OfType<PtrRecord>().Select(record => record.PtrDomainName.Value.TrimEnd('.')), cancellationToken);

    private async Task<DnsAnswer<T>> AskAsync<T>(
        string name, QueryType type, Func<IEnumerable<DnsResourceRecord>, IEnumerable<T>> read, CancellationToken cancellationToken)
    {
        var key = (name.ToLowerInvariant(), type);
        if (failures.TryGetValue(key, out var failedAt) && clock.GetElapsedTime(failedAt) is var since && since < FailureLife)
        {
            // One asks again, and nobody waits for it: mail that comes in a steady stream would stop every time.
            if (since >= RetryAfter && failures.TryUpdate(key, clock.GetTimestamp(), failedAt))
                _ = AskServerAsync(key, read, CancellationToken.None);
            return new DnsAnswer<T>(DnsOutcome.Failed, []);
        }

        return await AskServerAsync(key, read, cancellationToken);
    }

    private async Task<DnsAnswer<T>> AskServerAsync<T>(
        (string Name, QueryType Type) key, Func<IEnumerable<DnsResourceRecord>, IEnumerable<T>> read, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await dns.QueryAsync(key.Name, key.Type, cancellationToken: cancellationToken);
            switch (answer.Header.ResponseCode)
            {
                case DnsHeaderResponseCode.NoError:
                    failures.TryRemove(key, out _);
                    return new DnsAnswer<T>(DnsOutcome.Found, [.. read(answer.Answers)]);
                case DnsHeaderResponseCode.NotExistentDomain:
                    failures.TryRemove(key, out _);
                    return new DnsAnswer<T>(DnsOutcome.NotExistent, []);
            }
        }
        catch (Exception failure) when (failure is DnsResponseException or OperationCanceledException)
        {
            // No answer in time.
        }
        catch (Exception nonsense) when (nonsense is ArgumentException or InvalidOperationException)
        {
            // No name that can be asked for: there is nothing under it.
            return new DnsAnswer<T>(DnsOutcome.NotExistent, []);
        }

        if (failures.Count >= FailuresMax)
            failures.Clear();
        failures[key] = clock.GetTimestamp();
        return new DnsAnswer<T>(DnsOutcome.Failed, []);
    }

    private static LookupClientOptions Options(InstallationOptions installation, DeliveryOptions delivery)
    {
        var options = installation.Dns is { } server ? new LookupClientOptions(server) : new LookupClientOptions();
        options.Timeout = delivery.DnsTimeout;
        options.Retries = 1;
        options.ThrowDnsErrors = false;
        options.CacheFailedResults = true;
        options.FailedResultsCacheDuration = TimeSpan.FromSeconds(5);
        options.MaximumCacheTimeout = TimeSpan.FromHours(1);
        return options;
    }
}
