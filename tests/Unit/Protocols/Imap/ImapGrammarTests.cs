using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Mailstead.Protocols.Imap;

namespace Mailstead.Unit.Protocols.Imap;

/// <summary>The readers of IMAP's grammar (RFC 9051 §9), with the standard's words and with what nobody would send.</summary>
public sealed class ImapGrammarTests
{
    private static readonly string[] Pieces =
    [
        "(", ")", " ", "\"", "\\", "{3}\r\nabc", "{3+}\r\nabc", "{99}\r\n", "{", "}", "~{1}\r\n", "~x", "a", "atom", "*", "1", "0", ":", ",", "$",
        "4294967295", "4294967296", "99999999999999999999", "NIL", "]", "[", "\r\n", "\0", "ä", "%", "INBOX", "&-", "<", ">", ".",
    ];

    [Fact]
    public void Readers_take_what_fits_stay_within_the_text_and_never_throw() => Generated.Check(Generated.Octets(Pieces), octets =>
    {
        foreach (var take in Readers)
        {
            var reader = new ImapReader(octets);
            for (var i = 0; i < octets.Length && take(ref reader); i++)
            {
                Assert.InRange(reader.Position, 0, octets.Length);
                reader.TrySpace();
            }

            Assert.InRange(reader.Position, 0, octets.Length);
        }
    }, 3000);

    [Theory]
    [InlineData("atom", "atom")]
    [InlineData("a]b", "a]b")]
    [InlineData("~peter", "~peter")]
    [InlineData("\"\"", "")]
    [InlineData("\"a \\\"b\\\\\"", "a \"b\\")]
    [InlineData("{5}\r\nhello", "hello")]
    [InlineData("{5+}\r\nhello", "hello")]
    [InlineData("{0}\r\n", "")]
    [InlineData("\"äöü\"", "äöü")]
    public void An_astring_is_an_atom_a_quoted_string_or_a_literal(string text, string expected)
    {
        var reader = new ImapReader(Encoding.UTF8.GetBytes(text));
        Assert.True(reader.TryAString(out string value) && reader.AtEnd);
        Assert.Equal(expected, value);
    }

    [Theory]
    [InlineData("")]
    [InlineData("(")]
    [InlineData("\"open")]
    [InlineData("\"\\x\"")]
    [InlineData("\"a\r\n\"")]
    [InlineData("{5}\r\nhell")]
    [InlineData("{5}hello")]
    [InlineData("{5}\r\nhe\0lo")]
    [InlineData("{-1}\r\n")]
    [InlineData("{99999999999}\r\nx")]
    [InlineData("ä")]
    public void What_is_no_astring_is_refused(string text)
    {
        var reader = new ImapReader(Encoding.UTF8.GetBytes(text));
        Assert.False(reader.TryAString(out byte[] _));
    }

    [Theory]
    [InlineData("2,4:7,9,12:*", 15, "2 4 5 6 7 9 12 13 14 15")]
    [InlineData("*:4,5:7", 10, "4 5 6 7 8 9 10")]
    [InlineData("7:2", 10, "2 3 4 5 6 7")]
    [InlineData("3,3,1:4", 5, "1 2 3 4")]
    [InlineData("*", 3, "3")]
    [InlineData("5:*", 3, "3")]
    public void A_set_names_the_messages_that_RFC_9051_section_9_says(string text, int count, string numbers)
    {
        var set = Set(text);
        var uids = Enumerable.Range(1, count).Select(number => (uint)number).ToArray();
        Assert.Equal(numbers, string.Join(' ', set.Select(uids)));
        if (!set.Exceeds(count))
            Assert.Equal(numbers, string.Join(' ', set.ToIndexes(count).Select(index => index + 1)));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("")]
    [InlineData(",1")]
    [InlineData("1:")]
    [InlineData("1,")]
    [InlineData("4294967296")]
    [InlineData("a")]
    [InlineData("-1")]
    public void What_is_no_set_is_refused(string text)
    {
        var reader = new ImapReader(Encoding.ASCII.GetBytes(text));
        Assert.False(reader.TrySequenceSet(out _) && reader.AtEnd);
    }

    /// <summary>RFC 9051 §9: nz-number goes up to 4294967295, which is not <c>*</c>.</summary>
    [Fact]
    public void The_largest_number_names_nothing()
    {
        Assert.Equal([3u, 7u], Set("1:4294967295").Select([3, 7]));
        Assert.Empty(Set("4294967295").Select([3, 7]));
        Assert.Equal([7u], Set("*").Select([3, 7]));
    }

    [Fact]
    public void A_set_is_bounded()
    {
        var reader = new ImapReader(Encoding.ASCII.GetBytes(string.Join(',', Enumerable.Repeat("1", ImapLimits.RangesMax))));
        Assert.True(reader.TrySequenceSet(out _));
        reader = new ImapReader(Encoding.ASCII.GetBytes(string.Join(',', Enumerable.Repeat("1", ImapLimits.RangesMax + 1))));
        Assert.False(reader.TrySequenceSet(out _));
    }

    [Fact]
    public void A_set_selects_what_a_plain_reading_of_it_does()
    {
        var number = Gen.Frequency((6, Gen.Choose(1, 30).Select(value => $"{value}")), (1, Gen.Constant("*")));
        var range = Gen.OneOf(number, number.Zip(number, (low, high) => $"{low}:{high}"));
        var sets = Gen.NonEmptyListOf(range).Select(ranges => string.Join(',', ranges));
        var uids = Gen.ListOf(Gen.Choose(1, 40)).Select(list => list.Distinct().Order().Select(uid => (uint)uid).ToArray());
        Generated.Check(sets.Zip(uids, (text, present) => (text, present)), input =>
        {
            var expected = input.present.Where(uid => input.text.Split(',').Any(range => Holds(range, uid, input.present[^1])));
            Assert.Equal(expected, Set(input.text).Select(input.present));
        });
    }

    [Theory]
    [InlineData("INBOX", "INBOX")]
    [InlineData("Entwürfe", "Entw&APw-rfe")]
    [InlineData("~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-")]
    [InlineData("a & b", "a &- b")]
    [InlineData("😀", "&2D3eAA-")]
    public void Modified_UTF_7_is_that_of_RFC_3501_section_5_1_3(string name, string encoded)
    {
        Assert.Equal(encoded, ModifiedUtf7.Encode(name));
        Assert.True(ModifiedUtf7.TryDecode(encoded, out var decoded));
        Assert.Equal(name, decoded);
    }

    [Theory]
    [InlineData("&")]
    [InlineData("&Jjo")]
    [InlineData("&Jjo!")]
    [InlineData("&U,BTFw-&ZeVnLIqe-")]
    [InlineData("&AGE-")]
    [InlineData("&2AA-")]
    [InlineData("&AC8-")]
    [InlineData("&APx-")]
    [InlineData("ä")]
    public void A_name_has_one_spelling(string encoded) => Assert.False(ModifiedUtf7.TryDecode(encoded, out _));

    [Fact]
    public void Modified_UTF_7_goes_there_and_back() =>
        Generated.Check(Generated.Octets("&", "-", "ä", "台", "😀", "a", "/", " ", "\u00a0").Select(Encoding.UTF8.GetString), name =>
        {
            if (name.Any(char.IsControl))
                return;
            Assert.True(ModifiedUtf7.TryDecode(ModifiedUtf7.Encode(name), out var decoded));
            Assert.Equal(name, decoded);
        });

    [Fact]
    public void Decoding_never_throws_and_what_decodes_encodes_to_the_same() =>
        Generated.Check(Generated.Text("&", "-", "U,BT", "APw", "a", "+", "=", "2D3e", ","), encoded =>
        {
            if (ModifiedUtf7.TryDecode(encoded, out var name))
                Assert.Equal(encoded, ModifiedUtf7.Encode(name));
        }, 5000);

    [Theory]
    [InlineData("17-Jul-1996 02:44:25 -0700", 837596665)]
    [InlineData(" 7-Feb-1994 21:52:25 -0800", 760686745)]
    [InlineData("07-Feb-1994 21:52:25 +0000", 760657945)]
    public void Dates_with_times_are_read(string text, long seconds)
    {
        Assert.True(ImapDate.TryParseTime(Encoding.ASCII.GetBytes(text), out var time));
        Assert.Equal(seconds, time.ToUnixTimeSeconds());
        Assert.True(ImapDate.TryParseTime(Encoding.ASCII.GetBytes(ImapDate.Format(seconds * 1000)), out var again));
        Assert.Equal(time.ToUniversalTime(), again);
    }

    [Fact]
    public void Dates_are_read_or_refused() =>
        Generated.Check(Generated.Octets("17", "-", "Jul", "1996", " ", "02", ":", "44", "+0000", "-", "0", "9999"), text =>
        {
            if (ImapDate.TryParseTime(text, out var time))
                Assert.Contains($"{time.Year}", Encoding.Latin1.GetString(text), StringComparison.Ordinal);
            if (ImapDate.TryParseDay(text, out var day))
                Assert.Equal(TimeSpan.Zero, day.TimeOfDay);
        });

    private delegate bool Take(ref ImapReader reader);

    private static readonly Take[] Readers =
    [
        (ref reader) => reader.TryAtom(out _),
        (ref reader) => reader.TryAString(out byte[] _),
        (ref reader) => reader.TryAString(out string _),
        (ref reader) => reader.TryListMailbox(out _),
        (ref reader) => reader.TryString(out _),
        (ref reader) => reader.TryNumber(out _),
        (ref reader) => reader.TryNumber64(out _),
        (ref reader) => reader.TrySequenceSet(out _),
        (ref reader) => reader.TryTag(out _),
        (ref reader) => reader.TryWord("NIL"),
        (ref reader) => reader.TryRead('('),
    ];

    private static SequenceSet Set(string text)
    {
        var reader = new ImapReader(Encoding.ASCII.GetBytes(text));
        Assert.True(reader.TrySequenceSet(out var set) && reader.AtEnd, text);
        return set;
    }

    private static bool Holds(string range, uint uid, uint largest)
    {
        var ends = range.Split(':').Select(end => end == "*" ? largest : uint.Parse(end, System.Globalization.CultureInfo.InvariantCulture)).ToArray();
        return uid >= ends.Min() && uid <= ends.Max();
    }
}
