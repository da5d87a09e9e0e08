using System.Collections.Concurrent;
using System.Net;

namespace Mailstead.Hosting.Listeners;

/// <summary>
/// Limits what one client address may do: connections at once, and new ones within a minute. IPv6 clients count by /64, since
/// that is what one site is given. Memory is bounded: addresses with nothing open are forgotten minute by minute.
/// </summary>
public sealed class AddressGate(int concurrentMax, int perMinuteMax, TimeProvider clock)
{
    private readonly ConcurrentDictionary<IPAddress, Counter> counters = new();
    private long sweptMinute;

    /// <summary>False: over a limit, nothing was taken. True: dispose the lease when the client is done.</summary>
    public bool TryEnter(IPAddress address, out Lease lease)
    {
        var minute = clock.GetUtcNow().ToUnixTimeSeconds() / 60;
        Sweep(minute);
        var site = SiteOf(address);
        while (true)
        {
            var counter = counters.GetOrAdd(site, static _ => new Counter());
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
        }
    }

    private sealed class Counter
    {
        public int Open { get; set; }

        public int InMinute { get; set; }

        public long Minute { get; set; }

        public bool IsForgotten { get; set; }
    }
}
