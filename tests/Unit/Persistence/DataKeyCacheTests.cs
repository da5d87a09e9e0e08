using Mailstead.Persistence.Encryption;
using Microsoft.Extensions.Time.Testing;

namespace Mailstead.Unit.Persistence;

public sealed class DataKeyCacheTests
{
    private static readonly DataKeyName Name = new("mailbox", Guid.CreateVersion7(), Guid.CreateVersion7());

    private readonly FakeTimeProvider clock = new();
    private readonly List<byte[]> given = [];

    [Fact]
    public async Task A_key_is_asked_for_once_a_minute_and_zeroed_after()
    {
        using var cache = new DataKeyCache(GiveAsync, clock);
        using (await cache.GetAsync(Name, default))
        using (await cache.GetAsync(Name, default))
            Assert.Single(given);

        clock.Advance(TimeSpan.FromSeconds(61));
        Assert.All(given[0], octet => Assert.Equal(0, octet));
        using (await cache.GetAsync(Name, default))
            Assert.Equal(2, given.Count);
    }

    [Fact]
    public async Task A_key_in_use_outlives_its_minute_and_no_longer()
    {
        using var cache = new DataKeyCache(GiveAsync, clock);
        var lease = await cache.GetAsync(Name, default);
        clock.Advance(TimeSpan.FromMinutes(2));

        var box = lease.Seal("text"u8, "context"u8);
        Assert.Equal("text"u8.ToArray(), lease.Open(box, "context"u8));
        lease.Dispose();
        Assert.All(given[0], octet => Assert.Equal(0, octet));
        Assert.Throws<ObjectDisposedException>(() => lease.Seal("text"u8, "context"u8));
    }

    [Fact]
    public async Task A_refusal_is_not_remembered()
    {
        var refuse = true;
        using var cache = new DataKeyCache((name, token) => refuse ? throw new InvalidOperationException("locked") : GiveAsync(name, token), clock);

        await Assert.ThrowsAsync<InvalidOperationException>(async () => await cache.GetAsync(Name, default));
        refuse = false;
        using var lease = await cache.GetAsync(Name, default);
        Assert.Single(given);
    }

    [Fact]
    public async Task Many_who_ask_at_once_share_one_question()
    {
        using var cache = new DataKeyCache(async (name, token) => { await Task.Delay(20, token); return await GiveAsync(name, token); }, clock);

        var leases = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => cache.GetAsync(Name, default).AsTask()));

        Assert.Single(given);
        foreach (var lease in leases)
            lease.Dispose();
    }

    [Fact]
    public async Task Blind_indexes_differ_by_purpose_and_repeat_by_value()
    {
        using var cache = new DataKeyCache(GiveAsync, clock);
        using var key = await cache.GetAsync(Name, default);

        Assert.Equal(key.BlindIndex("a"u8, "address"), key.BlindIndex("a"u8, "address"));
        Assert.NotEqual(key.BlindIndex("a"u8, "address"), key.BlindIndex("a"u8, "domain"));
        Assert.NotEqual(key.BlindIndex("a"u8, "address"), key.BlindIndex("b"u8, "address"));
    }

    private Task<byte[]> GiveAsync(DataKeyName name, CancellationToken cancellationToken)
    {
        var octets = Enumerable.Repeat((byte)(given.Count + 1), 32).ToArray();
        given.Add(octets);
        return Task.FromResult(octets);
    }
}
