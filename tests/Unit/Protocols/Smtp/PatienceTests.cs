using Mailstead.Protocols.Smtp;
using Microsoft.Extensions.Time.Testing;

namespace Mailstead.Unit.Protocols.Smtp;

/// <summary>What a client's time is counted for.</summary>
public sealed class PatienceTests
{
    private readonly FakeTimeProvider clock = new();
    private readonly Patience patience;

    public PatienceTests() => patience = new Patience(clock);

    [Fact]
    public void Waits_add_up_until_the_client_has_done_its_part()
    {
        Wait(2);
        Wait(3);
        patience.Begin();

        Assert.Equal(TimeSpan.FromSeconds(5), patience.Waited);

        patience.End();
        patience.Renew();
        patience.Begin();
        Assert.Equal(TimeSpan.Zero, patience.Waited);
    }

    [Fact]
    public void Our_own_time_does_not_count()
    {
        Wait(2);
        clock.Advance(TimeSpan.FromHours(1));

        Assert.Equal(TimeSpan.Zero, patience.Waited);
        patience.Begin();
        Assert.Equal(TimeSpan.FromSeconds(2), patience.Waited);
    }

    [Fact]
    public void Content_pays_for_its_time_and_never_in_advance()
    {
        Wait(10);
        patience.Earn(4 * SmtpLimits.ContentOctetsPerSecondMin);
        patience.Begin();
        Assert.Equal(TimeSpan.FromSeconds(6), patience.Waited);

        patience.End();
        patience.Earn(long.MaxValue / clock.TimestampFrequency);
        patience.Begin();
        Assert.Equal(TimeSpan.Zero, patience.Waited);
    }

    private void Wait(int seconds)
    {
        patience.Begin();
        clock.Advance(TimeSpan.FromSeconds(seconds));
        patience.End();
    }
}
