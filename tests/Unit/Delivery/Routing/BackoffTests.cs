using Mailstead.Delivery;
using Mailstead.Delivery.Routing;

namespace Mailstead.Unit.Delivery.Routing;

public sealed class BackoffTests
{
    private static readonly DeliveryOptions Options = new();

    [Theory]
    [InlineData(0, 5)]
    [InlineData(1, 10)]
    [InlineData(2, 20)]
    [InlineData(5, 160)]
    [InlineData(6, 240)]
    [InlineData(1_000_000, 240)]
    public void Each_wait_is_twice_the_last_up_to_four_hours_a_twentieth_more_or_less(int attempts, int minutes)
    {
        var wait = Backoff.Of(Options, attempts).TotalMinutes;

        Assert.InRange(wait, minutes * 0.95, minutes * 1.05 + 0.001);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(3, 8)]
    [InlineData(20, 300)]
    public void What_waits_for_a_part_of_the_installation_is_tried_again_within_seconds(int attempts, int seconds) =>
        Assert.InRange(Backoff.OfInner(Options, attempts).TotalSeconds, seconds * 0.95, seconds * 1.05 + 0.001);
}
