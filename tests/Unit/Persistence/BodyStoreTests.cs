using System.Security.Cryptography;
using Mailstead.Persistence.Bodies;
using Mailstead.Persistence.Encryption;

namespace Mailstead.Unit.Persistence;

public sealed class BodyStoreTests : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("bodies-").FullName;
    private SegmentBodyStore store = null!;

    public ValueTask InitializeAsync()
    {
        store = new SegmentBodyStore(folder);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await store.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4096)]
    [InlineData(65535)]
    [InlineData(65536)]
    [InlineData(65537)]
    [InlineData(300_000)]
    [InlineData(5_000_000)]
    public async Task A_body_comes_back_as_it_was(int size)
    {
        using var key = MessageKey.Create();
        var content = Content(size);
        var stored = await StoreAsync(key, content);

        Assert.Equal(size, stored.Size);
        Assert.Equal(content, await ReadAllAsync(stored, key));
    }

    [Fact]
    public async Task Any_piece_can_be_read_alone()
    {
        using var key = MessageKey.Create();
        var content = Content(400_000);
        var stored = await StoreAsync(key, content);
        using var reader = await store.OpenAsync(stored.BodyId, stored.Location, key, default);
        var random = new Random(7);
        for (var round = 0; round < 100; round++)
        {
            var offset = random.Next(content.Length);
            var buffer = new byte[random.Next(1, 2000)];
            var count = await reader.ReadAsync(offset, buffer, default);
            Assert.InRange(count, 1, buffer.Length);
            Assert.True(content.AsSpan(offset, count).SequenceEqual(buffer.AsSpan(0, count)));
        }
    }

    [Fact]
    public async Task Bodies_stored_at_once_do_not_mix()
    {
        using var key = MessageKey.Create();
        var all = await Task.WhenAll(Enumerable.Range(0, 200).Select(async i =>
        {
            using var own = MessageKey.Create();
            var content = Content(1000 + i);
            var stored = await StoreAsync(own, content);
            return (await ReadAllAsync(stored, own)).AsSpan().SequenceEqual(content);
        }));

        Assert.All(all, Assert.True);
    }

    [Fact]
    public async Task A_changed_octet_is_noticed()
    {
        using var key = MessageKey.Create();
        var stored = await StoreAsync(key, Content(4096));
        var file = Directory.GetFiles(folder, "*.seg").Single();
        var octets = await File.ReadAllBytesAsync(file);
        octets[500] ^= 1;
        await File.WriteAllBytesAsync(file, octets);

        await Assert.ThrowsAnyAsync<CryptographicException>(() => ReadAllAsync(stored, key));
    }

    [Fact]
    public async Task Another_key_or_another_body_opens_nothing()
    {
        using var key = MessageKey.Create();
        using var other = MessageKey.Create();
        var first = await StoreAsync(key, Content(100));
        var second = await StoreAsync(key, Content(100));

        await Assert.ThrowsAnyAsync<CryptographicException>(() => ReadAllAsync(first, other));
        await Assert.ThrowsAsync<BodyMissingException>(() => ReadAllAsync(first with { Location = second.Location }, key));
        await Assert.ThrowsAsync<BodyMissingException>(() => ReadAllAsync(first with { Location = "../../etc/passwd:0:10" }, key));
    }

    [Fact]
    public async Task Plaintext_is_nowhere_on_disk()
    {
        using var key = MessageKey.Create();
        await StoreAsync(key, System.Text.Encoding.ASCII.GetBytes("canary-in-the-body"));

        foreach (var file in Directory.GetFiles(folder))
            Assert.True((await File.ReadAllBytesAsync(file)).AsSpan().IndexOf("canary-in-the-body"u8) < 0);
    }

    [Fact]
    public async Task A_writer_that_is_dropped_leaves_nothing_large_behind()
    {
        using var key = MessageKey.Create();
        var writer = store.Create(Guid.CreateVersion7(), key);
        await writer.WriteAsync(Content(3_000_000), default);
        Assert.Single(Directory.GetFiles(folder));
        await writer.DisposeAsync();

        Assert.Empty(Directory.GetFiles(folder));
    }

    [Fact]
    public async Task A_large_body_that_is_still_coming_in_is_not_collected()
    {
        using var key = MessageKey.Create();
        var content = Content(3_000_000);
        await using var writer = store.Create(Guid.CreateVersion7(), key);
        await writer.WriteAsync(content, default);
        Assert.Single(Directory.GetFiles(folder));

        Assert.Empty(await store.ListClosedSegmentsAsync(default).ToListAsync());
        var stored = await writer.CompleteAsync(default);
        await writer.DisposeAsync();

        Assert.Equal(stored.Location.Split(':')[0], Assert.Single(await store.ListClosedSegmentsAsync(default).ToListAsync()).Name);
        Assert.Equal(content, await ReadAllAsync(stored, key));
    }

    [Fact]
    public async Task Whatever_of_the_last_write_reached_the_disk_the_bodies_before_it_are_there()
    {
        using var key = MessageKey.Create();
        var first = await StoreAsync(key, Content(900));
        var second = await StoreAsync(key, Content(700));
        await store.DisposeAsync();
        var file = Directory.GetFiles(folder).Single();
        var octets = await File.ReadAllBytesAsync(file);
        var end = int.Parse(second.Location.Split(':')[1], System.Globalization.CultureInfo.InvariantCulture);

        for (var length = end; length < octets.Length; length += 7)
        {
            await File.WriteAllBytesAsync(file, octets[..length]);
            store = new SegmentBodyStore(folder);
            Assert.Equal([first.BodyId], (await store.ListBodiesAsync("00000001", default)).Select(body => body.BodyId));
            Assert.Equal(Content(900), await ReadAllAsync(first, key));
            await Assert.ThrowsAsync<BodyMissingException>(() => ReadAllAsync(second, key));
            await store.DisposeAsync();
        }

        // Sectors out of order: the header is there and the middle is not.
        octets.AsSpan(end + 100, 300).Clear();
        await File.WriteAllBytesAsync(file, octets);
        store = new SegmentBodyStore(folder);
        await Assert.ThrowsAnyAsync<CryptographicException>(() => ReadAllAsync(second, key));
        Assert.Equal(Content(900), await ReadAllAsync(first, key));
    }

    [Fact]
    public async Task After_a_restart_segments_list_their_bodies_up_to_the_torn_end()
    {
        using var key = MessageKey.Create();
        var first = await StoreAsync(key, Content(1000));
        var second = await StoreAsync(key, Content(2000));
        await store.DisposeAsync();
        var file = Directory.GetFiles(folder).Single();
        await File.AppendAllBytesAsync(file, Content(77));

        store = new SegmentBodyStore(folder);
        var segment = await store.ListClosedSegmentsAsync(default).SingleAsync();

        Assert.Equal([first.BodyId, second.BodyId], (await store.ListBodiesAsync(segment.Name, default)).Select(body => body.BodyId));
        var third = await StoreAsync(key, Content(10));
        Assert.NotEqual(segment.Name, third.Location.Split(':')[0]);
        var moved = await store.CopyAsync(first, default);
        await store.DeleteSegmentAsync(segment.Name, default);
        Assert.Equal(1000, (await ReadAllAsync(moved, key)).Length);
        await Assert.ThrowsAsync<BodyMissingException>(() => ReadAllAsync(second, key));
    }

    [Fact]
    public async Task What_a_killed_process_had_prepared_for_more_is_no_body_and_a_closed_segment_has_nothing_of_it()
    {
        using var key = MessageKey.Create();
        var first = await StoreAsync(key, Content(1000));
        var second = await StoreAsync(key, Content(1000));
        var file = Directory.GetFiles(folder).Single();
        var asKilled = await File.ReadAllBytesAsync(file);
        await store.DisposeAsync();
        var asClosed = await File.ReadAllBytesAsync(file);

        Assert.True(asKilled.Length > asClosed.Length);
        Assert.Equal(asClosed, asKilled[..asClosed.Length]);
        Assert.All(asKilled[asClosed.Length..], octet => Assert.Equal(0, octet));
        // The second record never reached the disk: zeros are in its place.
        var end = int.Parse(second.Location.Split(':')[1], System.Globalization.CultureInfo.InvariantCulture);
        asKilled.AsSpan(end).Clear();
        await File.WriteAllBytesAsync(file, asKilled);
        store = new SegmentBodyStore(folder);
        Assert.Equal([first.BodyId], (await store.ListBodiesAsync("00000001", default)).Select(body => body.BodyId));
        Assert.Equal(Content(1000), await ReadAllAsync(first, key));
        await Assert.ThrowsAsync<BodyMissingException>(() => ReadAllAsync(second, key));
    }

    [Fact]
    public void Sealed_boxes_open_only_where_they_belong()
    {
        using var key = MessageKey.Create();
        var box = key.SealCompressed("a summary"u8, "here"u8);

        Assert.Equal("a summary"u8.ToArray(), key.OpenCompressed(box, "here"u8, 100));
        Assert.ThrowsAny<CryptographicException>(() => key.OpenCompressed(box, "there"u8, 100));
        Assert.ThrowsAny<CryptographicException>(() => key.OpenCompressed(box, "here"u8, 5));
        box[^1] ^= 1;
        Assert.ThrowsAny<CryptographicException>(() => key.OpenCompressed(box, "here"u8, 100));
    }

    private static byte[] Content(int size)
    {
        var content = new byte[size];
        new Random(size).NextBytes(content);
        for (var i = 0; i < size; i += 3)
            content[i] = (byte)'a';
        return content;
    }

    private async Task<StoredBody> StoreAsync(MessageKey key, byte[] content)
    {
        await using var writer = store.Create(Guid.CreateVersion7(), key);
        for (var offset = 0; offset < content.Length; offset += 50_000)
            await writer.WriteAsync(content.AsMemory(offset, Math.Min(50_000, content.Length - offset)), default);
        return await writer.CompleteAsync(default);
    }

    private async Task<byte[]> ReadAllAsync(StoredBody stored, MessageKey key)
    {
        using var reader = await store.OpenAsync(stored.BodyId, stored.Location, key, default);
        var content = new byte[reader.Size];
        for (var read = 0; read < content.Length;)
        {
            var count = await reader.ReadAsync(read, content.AsMemory(read), default);
            Assert.True(count > 0);
            read += count;
        }

        return content;
    }
}
