using Mailstead.Directories.Credentials;
using Microsoft.Extensions.Time.Testing;

namespace Mailstead.Unit.Directories.Credentials;

/// <summary>Guessing passwords gets slower and slower; others are not held up by it.</summary>
public sealed class GuessLimitsTests
{
    private const string Here = "192.0.2.1";
    private const string Login = "alice@demo.test";

    private readonly FakeTimeProvider clock = new(new DateTimeOffset(2026, 11, 24, 20, 0, 0, TimeSpan.Zero));
    private readonly GuessLimits limits;

    public GuessLimitsTests() => limits = new GuessLimits(clock);

    [Fact]
    public void The_first_mistakes_cost_nothing_and_the_next_ever_more()
    {
        Fail(5);
        Assert.Equal(TimeSpan.Zero, limits.WaitOf(Login, Here));

        Fail(1);
        Assert.Equal(TimeSpan.FromSeconds(2), limits.WaitOf(Login, Here));
        Fail(3);
        Assert.Equal(TimeSpan.FromSeconds(16), limits.WaitOf(Login, Here));
        Fail(50);
        Assert.Equal(TimeSpan.FromMinutes(15), limits.WaitOf(Login, Here));
    }

    [Fact]
    public void Waiting_opens_the_door_and_the_right_password_clears_the_login()
    {
        Fail(6);
        clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(TimeSpan.Zero, limits.WaitOf(Login, Here));

        limits.Succeeded(Login, Here);
        Fail(5);
        Assert.Equal(TimeSpan.Zero, limits.WaitOf(Login, Here));
    }

    [Fact]
    public void Another_login_and_another_address_are_not_held_up()
    {
        Fail(50);

        Assert.Equal(TimeSpan.Zero, limits.WaitOf("bob@demo.test", Here));
        Assert.Equal(TimeSpan.Zero, limits.WaitOf(Login, "192.0.2.2"));
        Assert.NotEqual(TimeSpan.Zero, limits.WaitOf("ALICE@demo.test", Here));
    }

    [Fact]
    public void An_address_that_tries_one_login_after_the_other_is_held_up_for_all()
    {
        for (var attempt = 0; attempt < 101; attempt++)
            limits.Failed($"user{attempt}@demo.test", Here);

        Assert.NotEqual(TimeSpan.Zero, limits.WaitOf(Login, Here));
        Assert.Equal(TimeSpan.Zero, limits.WaitOf(Login, "192.0.2.2"));
    }

    private void Fail(int times)
    {
        for (var failure = 0; failure < times; failure++)
            limits.Failed(Login, Here);
    }
}
