using System.Security.Cryptography;
using Mailstead.Persistence.Bodies;
using Mailstead.Persistence.Bodies.S3;
using Mailstead.Persistence.Encryption;
using Mailstead.Stores.Harness;

namespace Mailstead.Stores.Bodies;

/// <summary>Bodies in a real object store.</summary>
public sealed class S3BodyStoreTests(Installations installations) : IAsyncLifetime
{
    private S3Options options = null!;
    private S3BodyStore store = null!;

    public async ValueTask InitializeAsync()
    {
        options = (await installations.ObjectStoreAsync()).NewOptions();
        store = new S3BodyStore(options, TimeProvider.System);
    }

    public ValueTask DisposeAsync() => store.DisposeAsync();

    [Fact]
    public async Task The_connection_is_encrypted_when_the_address_says_so()
    {
        var encrypted = (await installations.ObjectStoreAsync()).NewOptionsWithTls();
        await using var trusting = new S3BodyStore(encrypted, TimeProvider.System);
        await trusting.CheckAsync(TestContext.Current.CancellationToken);

        // The system doesn't know the store's authority.
        encrypted.Authorities = "";
        encrypted.RequestTimeout = TimeSpan.FromSeconds(1);
        await using var stranger = new S3BodyStore(encrypted, TimeProvider.System);
        await Assert.ThrowsAnyAsync<IOException>(() => stranger.CheckAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_store_that_is_away_is_not_waited_for_again_and_again()
    {
        var nowhere = (await installations.ObjectStoreAsync()).NewOptions();
        nowhere.Endpoint = "http://127.0.0.1:9";
        await using var away = new S3BodyStore(nowhere, TimeProvider.System);
        var attempts = Enumerable.Range(0, 12).Select(_ => away.CheckAsync(TestContext.Current.CancellationToken)).ToList();
        foreach (var attempt in attempts)
            await Assert.ThrowsAnyAsync<IOException>(() => attempt);

        var told = await Assert.ThrowsAnyAsync<IOException>(() => away.CheckAsync(TestContext.Current.CancellationToken));
        Assert.Contains("asked again in a moment", told.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4096)]
    [InlineData(65537)]
    [InlineData(2_000_000)]
    [InlineData(8 * 1024 * 1024)]
    [InlineData(40 * 1024 * 1024)]
    public async Task A_body_comes_back_as_it_was(int size)
    {
        using var key = MessageKey.Create();
        var content = RandomNumberGenerator.GetBytes(size);

        var stored = await StoreAsync(key, content);

        Assert.Equal(content, await ReadAllAsync(stored, key));
    }

    [Fact]
    public async Task Bodies_that_come_together_share_objects()
    {
        using var key = MessageKey.Create();
        var bodies = await Task.WhenAll(Enumerable.Range(0, 200).Select(number => StoreAsync(key, BitConverter.GetBytes(number))));

        var packs = await store.ListClosedSegmentsAsync(default).ToListAsync();
        Assert.InRange(packs.Count, 1, 100);
        for (var number = 0; number < bodies.Length; number++)
            Assert.Equal(number, BitConverter.ToInt32(await ReadAllAsync(bodies[number], key)));
        var listed = new List<StoredBody>();
        foreach (var pack in packs)
            listed.AddRange(await store.ListBodiesAsync(pack.Name, default));
        Assert.Equal(bodies.OrderBy(body => body.BodyId), listed.OrderBy(body => body.BodyId));
    }

    [Fact]
    public async Task What_lives_can_be_moved_and_the_rest_deleted()
    {
        using var key = MessageKey.Create();
        var stored = await StoreAsync(key, RandomNumberGenerator.GetBytes(3000));
        var content = await ReadAllAsync(stored, key);

        var moved = await store.CopyAsync(stored, default);
        await store.DeleteSegmentAsync(stored.Location.Split(':')[0], default);

        Assert.Equal(content, await ReadAllAsync(moved, key));
        await Assert.ThrowsAsync<BodyMissingException>(() => ReadAllAsync(stored, key));
    }

    [Fact]
    public async Task A_large_body_that_is_given_up_leaves_nothing()
    {
        using var key = MessageKey.Create();
        await using (var writer = store.Create(Guid.CreateVersion7(), key))
            await writer.WriteAsync(RandomNumberGenerator.GetBytes(20 * 1024 * 1024), default);

        Assert.Empty(await store.ListClosedSegmentsAsync(default).ToListAsync());
    }

    [Fact]
    public async Task A_store_that_refuses_is_an_error_and_nothing_is_there()
    {
        await using var stranger = new S3BodyStore(
            new S3Options { Bucket = options.Bucket, Prefix = options.Prefix, Endpoint = options.Endpoint, AccessKeyId = options.AccessKeyId, SecretAccessKey = "wrong" },
            TimeProvider.System);
        using var key = MessageKey.Create();
        await using var writer = stranger.Create(Guid.CreateVersion7(), key);
        await writer.WriteAsync(new byte[] { 1 }, default);

        await Assert.ThrowsAsync<IOException>(async () => await writer.CompleteAsync(default));

        Assert.Empty(await store.ListClosedSegmentsAsync(default).ToListAsync());
    }

    [Fact]
    public async Task What_was_changed_in_the_store_is_not_shown()
    {
        using var key = MessageKey.Create();
        var stored = await StoreAsync(key, RandomNumberGenerator.GetBytes(5000));
        using var bucket = new S3Bucket(options);
        var name = stored.Location.Split(':')[0];
        var length = (await store.ListClosedSegmentsAsync(default).SingleAsync(found => found.Name == name)).Length;
        var octets = new byte[length];
        await bucket.ReadAsync(name, 0, octets, default);
        octets[1000] ^= 1;
        await bucket.PutAsync(name, octets, default);

        await Assert.ThrowsAnyAsync<CryptographicException>(() => ReadAllAsync(stored, key));
    }

    private async Task<StoredBody> StoreAsync(MessageKey key, byte[] content)
    {
        await using var writer = store.Create(Guid.CreateVersion7(), key);
        for (var offset = 0; offset < content.Length; offset += 60_000)
            await writer.WriteAsync(content.AsMemory(offset, Math.Min(60_000, content.Length - offset)), default);
        return await writer.CompleteAsync(default);
    }

    private async Task<byte[]> ReadAllAsync(StoredBody stored, MessageKey key)
    {
        using var reader = await store.OpenAsync(stored.BodyId, stored.Location, key, default);
        var content = new byte[reader.Size];
        for (var read = 0; read < content.Length;)
            read += await reader.ReadAsync(read, content.AsMemory(read), default);
        return content;
    }
}
