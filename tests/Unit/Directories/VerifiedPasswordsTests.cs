using Mailstead.Directories.Credentials;
using Microsoft.Extensions.Time.Testing;

namespace Mailstead.Unit.Directories;

/// <summary>That a password was right is remembered for minutes, bounded, and under nothing that could be stolen.</summary>
public sealed class VerifiedPasswordsTests
{
    private static readonly Guid User = new("11111111-2222-3333-4444-555555555555");

    private readonly FakeTimeProvider clock = new();

    [Fact]
    public void A_right_password_is_remembered_for_its_user_until_it_changes_or_minutes_pass()
    {
        var verified = new VerifiedPasswords(clock);
        verified.Add(User, 1, "secret");

        Assert.True(verified.Contains(User, 1, "secret"));
        Assert.False(verified.Contains(User, 1, "Secret"));
        Assert.False(verified.Contains(Guid.NewGuid(), 1, "secret"));
        Assert.False(verified.Contains(User, 2, "secret"));
        Assert.False(new VerifiedPasswords(clock).Contains(User, 1, "secret"));
        clock.Advance(TimeSpan.FromMinutes(5));
        Assert.False(verified.Contains(User, 1, "secret"));
    }

    [Fact]
    public void However_many_are_right_only_so_many_are_remembered()
    {
        var verified = new VerifiedPasswords(clock);
        verified.Add(User, 0, "first");
        for (var i = 1; i <= 100_000; i++)
            verified.Add(User, i, "secret");

        Assert.False(verified.Contains(User, 0, "first"));
        Assert.True(verified.Contains(User, 100_000, "secret"));
    }

    [Fact]
    public async Task Two_hashes_of_one_password_differ_and_both_know_it()
    {
        using var passwords = new PasswordHash();
        var (one, other) = (await passwords.CreateAsync("secret", default), await passwords.CreateAsync("secret", default));

        Assert.NotEqual(one, other);
        Assert.True(await passwords.VerifyAsync("secret", one, default));
        Assert.True(await passwords.VerifyAsync("secret", other, default));
        Assert.False(await passwords.VerifyAsync("secrer", one, default));
        Assert.True(one.AsSpan().IndexOf("secret"u8) < 0);
    }
}
