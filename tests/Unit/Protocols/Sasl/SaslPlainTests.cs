using System.Text;
using FsCheck.Fluent;
using Mailstead.Protocols.Sasl;

namespace Mailstead.Unit.Protocols.Sasl;

/// <summary>RFC 4616 §2, and what clients make of it.</summary>
public sealed class SaslPlainTests
{
    [Theory]
    [InlineData("\0tim\0tanstaaftanstaaf", "tim", "tanstaaftanstaaf")]
    [InlineData("tim\0tim\0secret", "tim", "secret")]
    [InlineData("\0dörte@x.test\0pässwort", "dörte@x.test", "pässwort")]
    public void A_login_and_its_password_are_read(string message, string login, string password)
    {
        Assert.True(SaslPlain.TryDecode(Base64(message), out var readLogin, out var readPassword));
        Assert.Equal((login, password), (readLogin, readPassword));
    }

    [Theory]
    [InlineData("Ursel\0Kurt\0xipj3plmq")]
    [InlineData("\0\0password")]
    [InlineData("\0tim")]
    [InlineData("\0tim\0a\0b")]
    [InlineData("")]
    public void Another_identity_and_broken_messages_are_refused(string message) =>
        Assert.False(SaslPlain.TryDecode(Base64(message), out _, out _));

    [Fact]
    public void Anything_is_read_or_refused() => Generated.Check(Generated.Text("AGE", "AGI=", "=", "====", "*", " ", "+/", "\u00ff"), text =>
    {
        SaslPlain.TryDecode(text, out _, out _);
        SaslPlain.TryDecodeText(text, out _);
    });

    [Fact]
    public void Octets_that_are_no_UTF_8_are_refused() => Generated.Check(Generated.Octets("\0", "a", "ä"), octets =>
        Assert.Equal(System.Text.Unicode.Utf8.IsValid(octets), SaslPlain.TryDecodeText(Convert.ToBase64String(octets), out _)));

    [Fact]
    public void Endless_messages_are_refused() => Assert.False(SaslPlain.TryDecode(Base64($"\0tim\0{new string('x', 2000)}"), out _, out _));

    private static string Base64(string message) => Convert.ToBase64String(Encoding.UTF8.GetBytes(message));
}
