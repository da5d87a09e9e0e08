using System.Text;
using FsCheck.Fluent;
using Mailstead.Contracts;
using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Imap.Commands;
using Mailstead.Imap.Responses;
using Mailstead.Imap.Sessions;
using Mailstead.Mailboxes.Search;
using Mailstead.Protocols.Imap;

namespace Mailstead.Unit.Imap;

/// <summary>What FETCH, SEARCH, STORE and LIST ask for, read from what a client sends.</summary>
public sealed class CommandReaderTests
{
    private static readonly string[] FetchPieces =
    [
        "(", ")", " ", "BODY", "BODY.PEEK", "BINARY", "BINARY.SIZE", "[", "]", "1", ".", "2", "0", "HEADER", "HEADER.FIELDS", "HEADER.FIELDS.NOT", "TEXT",
        "MIME", "<0.5>", "<", ">", "FLAGS", "UID", "ALL", "FULL", "(Subject)", "\"Date\"", "{2}\r\nTo", "ENVELOPE", "RFC822.SIZE", "BODY[TEXT]", "BODY[]",
    ];

    private static readonly string[] SearchPieces =
    [
        "(", ")", " ", "NOT", "OR", "ALL", "SEEN", "UNSEEN", "KEYWORD", "FROM", "\"x y\"", "{1}\r\nz", "1:*", "$", "UID", "7", "LARGER", "SINCE",
        "1-Feb-1994", "HEADER", "Subject", "MODSEQ", "\"/flags/\\\\draft\"", "all", "TEXT", "EMAILID", "SENTON", "*",
    ];

    [Fact]
    public void A_fetch_is_planned_or_refused() => Generated.Check(Generated.Octets(FetchPieces), octets =>
    {
        var reader = new ImapReader(octets);
        var plan = new FetchPlan();
        if (!FetchPlanReader.TryRead(ref reader, plan))
            return;
        Assert.InRange(reader.Position, 1, octets.Length);
        Assert.All(plan.Sections, section => Assert.True(section.Partial is not { Length: <= 0 }));
        Assert.DoesNotContain(plan.Sections, section => section.Name.Contains('\n', StringComparison.Ordinal));
    }, 5000);

    [Theory]
    [InlineData("FULL", "Flags InternalDate Size Envelope Body")]
    [InlineData("ALL", "Flags InternalDate Size Envelope")]
    [InlineData("FAST", "Flags InternalDate Size")]
    [InlineData("(FLAGS UID)", "Flags Uid")]
    public void Macros_stand_for_what_RFC_9051_section_6_4_5_says(string text, string asked)
    {
        var reader = new ImapReader(Encoding.ASCII.GetBytes(text));
        var plan = new FetchPlan();
        Assert.True(FetchPlanReader.TryRead(ref reader, plan) && reader.AtEnd);
        var set = typeof(FetchPlan).GetProperties().Where(property => property is { CanWrite: true, PropertyType: { } type } && type == typeof(bool))
            .Where(property => (bool)property.GetValue(plan)!).Select(property => property.Name);
        Assert.Equal(asked.Split(' ').Order(), set.Order());
    }

    [Theory]
    [InlineData("BODY[]", "BODY[]", true)]
    [InlineData("BODY.PEEK[1.2.MIME]<7.9>", "BODY[1.2.MIME]<7>", false)]
    [InlineData("BODY[HEADER.FIELDS (Date \"From\")]", "BODY[HEADER.FIELDS (Date \"From\")]", true)]
    [InlineData("BINARY.PEEK[1]<0.3>", "BINARY[1]<0>", false)]
    [InlineData("BINARY.SIZE[2.1]", "BINARY.SIZE[2.1]", false)]
    [InlineData("RFC822.HEADER", "RFC822.HEADER", false)]
    [InlineData("RFC822", "RFC822", true)]
    public void A_section_is_answered_under_its_name(string text, string name, bool setsSeen)
    {
        var reader = new ImapReader(Encoding.ASCII.GetBytes(text));
        var plan = new FetchPlan();
        Assert.True(FetchPlanReader.TryRead(ref reader, plan) && reader.AtEnd);
        Assert.Equal((name, setsSeen), (Assert.Single(plan.Sections).Name, plan.SetsSeen));
    }

    [Theory]
    [InlineData(100, true)]
    [InlineData(101, false)]
    public void Sections_are_bounded(int count, bool isRead)
    {
        var reader = new ImapReader(Encoding.ASCII.GetBytes($"({string.Join(' ', Enumerable.Repeat("BODY[]", count))})"));
        Assert.Equal(isRead, FetchPlanReader.TryRead(ref reader, new FetchPlan()));
    }

    [Fact]
    public void A_search_is_understood_or_refused_and_the_store_takes_what_is_understood() =>
        Generated.Check(Generated.Octets(SearchPieces), octets =>
        {
            var reader = new ImapReader(octets);
            if (new SearchKeyReader(View(1, 2, 5)).TryReadAll(ref reader, out var key) && reader.AtEnd)
                SearchQuery.Compile(key, []);
        }, 5000);

    [Theory]
    [InlineData("NOT ", "", 50, true)]
    [InlineData("NOT ", "", 51, false)]
    [InlineData("(", ")", 50, true)]
    [InlineData("(", ")", 51, false)]
    [InlineData("OR SEEN ", "", 50, true)]
    [InlineData("OR SEEN ", "", 51, false)]
    public void Search_keys_nest_up_to_a_bound_that_the_store_shares(string open, string close, int levels, bool isRead)
    {
        var text = string.Concat(Enumerable.Repeat(open, levels)) + "ALL" + string.Concat(Enumerable.Repeat(close, levels));
        var reader = new ImapReader(Encoding.ASCII.GetBytes(text));
        Assert.Equal(isRead, new SearchKeyReader(View(1)).TryReadAll(ref reader, out var key) && reader.AtEnd);
        if (isRead)
            SearchQuery.Compile(key, []);
    }

    [Fact]
    public void Flags_are_read_or_refused() => Generated.Check(Generated.Octets("(", ")", "\\", "Seen", "Recent", " ", "$Junk", "*", "a"), octets =>
    {
        var reader = new ImapReader(octets);
        if (FlagsResponse.TryRead(ref reader, out _, out var keywords))
            Assert.DoesNotContain(keywords, keyword => keyword.Length == 0 || keyword.Any(character => character is <= ' ' or > '~'));
    });

    [Fact]
    public void Patterns_match_what_a_regular_expression_says() =>
        Generated.Check(Generated.Text("a", "b", "/", "%", "*").Select(text => text[..Math.Min(text.Length, 12)]), text =>
        {
            var expression = "^" + string.Concat(Enumerable.Select(text, symbol => symbol switch
            {
                '*' => ".*",
                '%' => "[^/]*",
                _ => System.Text.RegularExpressions.Regex.Escape($"{symbol}"),
            })) + "$";
            foreach (var path in new[] { "", "a", "ab", "a/b", "a/b/a", "bb/aa", "/", "ba/" })
            {
                Assert.Equal(
                    System.Text.RegularExpressions.Regex.IsMatch(path, expression, System.Text.RegularExpressions.RegexOptions.Singleline),
                    ListPattern.Matches(text, path));
            }
        });

    private static FolderView View(params uint[] uids) => new(
        new MailboxRef(),
        new OpenFolderResponse { Folder = new Folder { UidNext = 10 }, Uids = Packed.Copy<uint>(uids) }, isReadOnly: false);
}
