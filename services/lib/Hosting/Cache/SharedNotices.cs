using StackExchange.Redis;

namespace Mailstead.Hosting.Cache;

/// <summary>
/// Short notices about an id, from each replica to those that listen for that id. One may be lost; it must be repaired by the
/// next, and by looking now and then. The speaker doesn't hear itself.
/// </summary>
public sealed class SharedNotices(SharedCache cache, TimeProvider clock)
{
    private const string Prefix = "mailstead:notices:";

    private readonly string self = Guid.CreateVersion7(clock.GetUtcNow()).ToString("N");

    /// <param name="notice">Ids and numbers; nothing that a customer wrote.</param>
    public void Publish(Guid about, string notice) =>
        cache.Tell(database => database.Publish(ChannelOf(about), $"{self} {notice}", CommandFlags.FireAndForget));

    /// <summary>Disposing the answer ends it. A connection that breaks is subscribed to anew.</summary>
    public IDisposable Listen(Guid about, Action<string> heard)
    {
        if (cache.Subscriber is not { } subscriber)
            return new Listening(null, default, static (_, _) => { });
        var listening = new Listening(subscriber, ChannelOf(about), (_, notice) => Hear(notice, heard));
        subscriber.Subscribe(listening.Channel, listening.Handler, CommandFlags.FireAndForget);
        return listening;
    }

    private static RedisChannel ChannelOf(Guid about) => RedisChannel.Literal(Prefix + about.ToString("N"));

    private void Hear(string? notice, Action<string> heard)
    {
        if (notice is { Length: > 33 } && !notice.StartsWith(self, StringComparison.Ordinal))
            heard(notice[33..]);
    }

    private sealed record Listening(ISubscriber? Subscriber, RedisChannel Channel, Action<RedisChannel, RedisValue> Handler) : IDisposable
    {
        public void Dispose() => Subscriber?.Unsubscribe(Channel, Handler, CommandFlags.FireAndForget);
    }
}
