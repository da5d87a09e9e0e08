using FsCheck;
using FsCheck.Fluent;
using Mailstead.Keys.Providers;

namespace Mailstead.Unit.Keys;

/// <summary>What ciphertexts are bound to: two contexts that differ have different octets, whatever their names and values are.</summary>
public sealed class EncryptionContextTests
{
    private static readonly Guid Key = new("01234567-89ab-cdef-0123-456789abcdef");

    /// <summary>Short names and values of few characters run into each other most often.</summary>
    private static readonly Gen<Dictionary<string, string>> Contexts =
        from pairs in Gen.ListOf(Gen.Zip(Short(), Short()))
        select pairs.DistinctBy(pair => pair.Item1).ToDictionary(pair => pair.Item1, pair => pair.Item2);

    [Fact]
    public void Contexts_that_differ_have_different_octets() => Prop.ForAll(
        Arb.From(Gen.Zip(Contexts, Contexts)),
        both => Octets(both.Item1).SequenceEqual(Octets(both.Item2)) == (both.Item1.Count == both.Item2.Count && !both.Item1.Except(both.Item2).Any()))
        .Check(Config.QuickThrowOnFailure.WithMaxTest(5000));

    [Fact]
    public void The_order_of_names_is_of_no_account() => Assert.Equal(
        Octets(new() { ["a"] = "1", ["b"] = "2" }), Octets(new() { ["b"] = "2", ["a"] = "1" }));

    [Fact]
    public void Another_key_has_other_octets() =>
        Assert.NotEqual(new EncryptionContext("a", "b").ToOctets(Key), new EncryptionContext("a", "b").ToOctets(Guid.Empty));

    private static Gen<string> Short() => Gen.Elements("", "a", "b", "aa", "ab", "\0", "\0\0\0\u0001a", "ä");

    private static byte[] Octets(Dictionary<string, string> pairs) => new EncryptionContext(pairs).ToOctets(Key);
}
