using System.Collections.Concurrent;
using System.Net;
using Mailstead.Hosting.Cache;

namespace Mailstead.Hosting.Listeners;

/// <summary>
/// Limits what one client address may do: connections at once, and new ones within a minute. IPv6 clients count by /64, since
/// that is what one site is given. Memory is bounded: addresses with nothing open are forgotten minute by minute. With a cache
/// between them the replicas of a role have the limits together.
/// </summary>
public sealed class AddressGate(int concurrentMax, int perMinuteMax, TimeProvider clock)
{
    private readonly string name = "";
    private readonly SharedCounts? shared;
    private readonly ConcurrentDictionary<IPAddress, Counter> counters = new();
    private long sweptMinute;

    /// <param name="name">Of the gate; other processes have the same.</param>
    public AddressGate(string name, SharedCounts shared, int concurrentMax, int perMinuteMax, TimeProvider clock)
        : this(concurrentMax, perMinuteMax, clock) => (this.name, this.shared) = (name, shared);

    /// <summary>Null: over a limit, here or at all replicas together.</summary>
    public async ValueTask<Lease?> EnterAsync(IPAddress address)
    {
        if (!TryEnter(address, out var lease))
            return null;
        if (shared is null || await shared.EnterAsync(name, SiteOf(address).ToString(), lease.CountOpen, concurrentMax, perMinuteMax))
            return lease;
        lease.Dispose();
        return null;
    }

    /// <summary>False: over a limit, nothing was taken. True: dispose the lease when the client is done.</summary>
    public bool TryEnter(IPAddress address, out Lease lease)
    {
        var minute = clock.GetUtcNow().ToUnixTimeSeconds() / 60;
        Sweep(minute);
        var site = SiteOf(address);
        while (true)
        {
            var counter = counters.GetOrAdd(site, added => new Counter(shared is null ? null : () => shared.Left(name, added.ToString())));
            lock (counter)
            {
                if (counter.IsForgotten)
                    continue;
                if (counter.Minute != minute)
                    (counter.Minute, counter.InMinute) = (minute, 0);
                if (counter.Open >= concurrentMax || counter.InMinute >= perMinuteMax)
                {
                    lease = default;
                    return false;
                }

                counter.Open++;
                counter.InMinute++;
                lease = new Lease(counter);
                return true;
            }
        }
    }

    private static IPAddress SiteOf(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
            return address.MapToIPv4();
        if (address.AddressFamily != System.Net.Sockets.AddressFamily.InterNetworkV6)
            return address;
        Span<byte> octets = stackalloc byte[16];
        address.TryWriteBytes(octets, out _);
        octets[8..].Clear();
        return new IPAddress(octets);
    }

    private void Sweep(long minute)
    {
        var last = Interlocked.Read(ref sweptMinute);
        if (last == minute || Interlocked.CompareExchange(ref sweptMinute, minute, last) != last)
            return;
        foreach (var (site, counter) in counters)
        {
            lock (counter)
            {
                if (counter.Open > 0 || counter.Minute == minute)
                    continue;
                counter.IsForgotten = true;
                counters.TryRemove(site, out _);
            }
        }
    }

    /// <summary>One admitted client. Disposing a default lease does nothing.</summary>
    public struct Lease : IDisposable
    {
        private Counter? counter;

        internal Lease(object counter) => this.counter = (Counter)counter;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref counter, null) is not { } taken)
                return;
            lock (taken)
                taken.Open--;
            taken.Left?.Invoke();
        }

        internal readonly Func<int> CountOpen => (counter ?? throw new InvalidOperationException("No lease")).CountOpen;
    }

    private sealed class Counter
    {
        public Counter(Action? left)
        {
            Left = left;
            CountOpen = () =>
            {
                lock (this)
                    return Open;
            };
        }

        public Action? Left { get; }

        /// <summary>One object for the counter's life: it is compared.</summary>
        public Func<int> CountOpen { get; }

        public int Open { get; set; }

        public int InMinute { get; set; }

        public long Minute { get; set; }

        public bool IsForgotten { get; set; }
    }
}
