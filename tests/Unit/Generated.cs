using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.FSharp.Core;

namespace Mailstead.Unit;

/// <summary>Properties checked against generated input, the same on every run.</summary>
internal static class Generated
{
    public static void Check<T>(Gen<T> input, Action<T> property, int rounds = 1000) => Prop.ForAll(Arb.From(input), property)
        .Check(Config.QuickThrowOnFailure.WithMaxTest(rounds).WithReplay(FSharpOption<Replay>.Some(new Replay(new Rnd(5321, 5323), null))));

    /// <summary>What a grammar is made of, in any order, with octets in between that don't belong there.</summary>
    public static Gen<byte[]> Octets(params string[] fragments) =>
        Pieces(fragments).Select(pieces => pieces.SelectMany(piece => piece).ToArray());

    public static Gen<string> Text(params string[] fragments) => Octets(fragments).Select(Encoding.Latin1.GetString);

    /// <summary>Octets together with the lengths of the pieces that they come in.</summary>
    public static Gen<(byte[] Octets, int[] Cuts)> Cut(Gen<byte[]> octets) =>
        from whole in octets
        from cuts in Gen.NonEmptyListOf(Gen.Choose(1, 12))
        select (whole, cuts.ToArray());

    /// <summary>Hands out octets in pieces; the lengths begin anew when they are used up.</summary>
    public static void Feed((byte[] Octets, int[] Cuts) input, Action<ReadOnlyMemory<byte>> take)
    {
        var rest = input.Octets.AsMemory();
        for (var piece = 0; rest.Length > 0; piece++)
        {
            var length = Math.Min(rest.Length, input.Cuts[piece % input.Cuts.Length]);
            take(rest[..length]);
            rest = rest[length..];
        }
    }

    private static Gen<List<byte[]>> Pieces(string[] fragments)
    {
        var known = Gen.Elements(fragments).Select(Encoding.UTF8.GetBytes);
        var stray = Gen.Choose(0, 255).Select(octet => new[] { (byte)octet });
        return Gen.ListOf(Gen.Frequency((5, known), (1, stray))).Select(pieces => pieces.ToList());
    }
}
