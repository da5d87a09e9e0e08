using System.Threading.Channels;
using Mailstead.Contracts.Events;
using Mailstead.Delivery.Spool;
using Mailstead.Hosting.Bus;

namespace Mailstead.Delivery.Routing;

/// <summary>
/// Messages on their way from acceptance to a router, still open in memory. It is a short cut: what does not fit stays in
/// the spool, and the sweeper finds it.
/// </summary>
internal sealed class RoutingQueue(DeliveryOptions options, Announcements announcements, TimeProvider clock) : IDisposable
{
    private static readonly TimeSpan WaitMax = TimeSpan.FromSeconds(2);

    private readonly SemaphoreSlim signal = new(1);
    private readonly Channel<SpooledMessage> channel = Channel.CreateBounded<SpooledMessage>(options.RoutingQueue);

    public ChannelReader<SpooledMessage> Messages => channel.Reader;

    /// <summary>What waits here or is with a router.</summary>
    public HeldLeases Held { get; } = new(clock);

    /// <summary>
    /// Takes the message over, open key and all. While the routers are behind, the caller waits a moment, and with it whoever
    /// sends so much. False: they are too far behind, the message stays the caller's.
    /// </summary>
    public async ValueTask<bool> OfferAsync(SpooledMessage message)
    {
        if (TryOffer(message))
            return true;
        using var patience = new CancellationTokenSource(WaitMax, clock);
        try
        {
            await AddAsync(message, patience.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            Hint();
            return false;
        }
    }

    /// <summary>As <see cref="OfferAsync"/>, for who must not wait.</summary>
    public bool TryOffer(SpooledMessage message)
    {
        Held.Add(message.OrganizationId, message.MessageId);
        if (channel.Writer.TryWrite(message))
            return true;
        Held.Remove(message.OrganizationId, message.MessageId);
        return false;
    }

    public async ValueTask AddAsync(SpooledMessage message, CancellationToken cancellationToken)
    {
        Held.Add(message.OrganizationId, message.MessageId);
        try
        {
            await channel.Writer.WriteAsync(message, cancellationToken);
        }
        catch
        {
            Held.Remove(message.OrganizationId, message.MessageId);
            throw;
        }
    }

    /// <summary>There is something new in the spool: it is looked through at once.</summary>
    public void Wake()
    {
        if (signal.CurrentCount == 0)
            signal.Release();
    }

    /// <summary>Until somebody has woken this, or for as long.</summary>
    public Task WaitAsync(TimeSpan longest, CancellationToken cancellationToken) => signal.WaitAsync(longest, cancellationToken);

    public void Dispose() => signal.Dispose();

    /// <summary>Tells other replicas that there is more than this one can do; while one hint is on its way, the next waits.</summary>
    private void Hint() => announcements.Add(new SpoolHasWork(clock.GetUtcNow()));
}
