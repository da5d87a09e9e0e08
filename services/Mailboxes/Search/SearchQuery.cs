using Mailstead.Contracts;
using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Mailboxes.Flags;
using Mailstead.Protocols.Mime;

namespace Mailstead.Mailboxes.Search;

/// <summary>A search key ready to be asked of items.</summary>
internal abstract class SearchQuery
{
    private const int LevelsMax = 100;
    private const int NodesMax = 1000;

    /// <summary>0: the index answers. 1: the summary. 2: the whole content.</summary>
    public virtual int Cost => 0;

    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT: a key without content. RESOURCE_EXHAUSTED: too many.</exception>
    public static SearchQuery Compile(SearchKey key, string[] keywords)
    {
        var nodes = 0;
        return Compile(key, keywords, 0, ref nodes);
    }

    public abstract ValueTask<bool> MatchesAsync(SearchedItem item, CancellationToken cancellationToken);

    private static SearchQuery Compile(SearchKey key, string[] keywords, int level, ref int nodes)
    {
        if (level > LevelsMax || ++nodes > NodesMax)
            throw Refused.Exhausted($"A search has at most {LevelsMax} levels and {NodesMax} keys");
        switch (key.KeyCase)
        {
            case SearchKey.KeyOneofCase.And:
                return new All(CompileAll(key.And, keywords, level, ref nodes));
            case SearchKey.KeyOneofCase.Or:
                return new Any(CompileAll(key.Or, keywords, level, ref nodes));
            case SearchKey.KeyOneofCase.Not:
                return new Not(Compile(key.Not, keywords, level + 1, ref nodes));
            default:
                return Simple(key, keywords);
        }
    }

    private static SearchQuery[] CompileAll(SearchKeys keys, string[] keywords, int level, ref int nodes)
    {
        var compiled = new SearchQuery[keys.Keys.Count];
        for (var i = 0; i < compiled.Length; i++)
            compiled[i] = Compile(keys.Keys[i], keywords, level + 1, ref nodes);
        // The cheap ones first: most items are decided before their content is opened.
        return [.. compiled.OrderBy(query => query.Cost)];
    }

    private static SearchQuery Simple(SearchKey key, string[] keywords) => key.KeyCase switch
    {
        SearchKey.KeyOneofCase.All => new ByIndex(_ => true),
        SearchKey.KeyOneofCase.FlagsSet => new ByIndex(item => (item.Entry.Flags & key.FlagsSet) == key.FlagsSet),
        SearchKey.KeyOneofCase.Keyword => ByKeyword(key.Keyword, keywords),
        SearchKey.KeyOneofCase.Larger => new ByIndex(item => item.Entry.Size > key.Larger),
        SearchKey.KeyOneofCase.Smaller => new ByIndex(item => item.Entry.Size < key.Smaller),
        SearchKey.KeyOneofCase.ReceivedBefore => new ByIndex(item => item.Entry.ReceivedAt < key.ReceivedBefore),
        SearchKey.KeyOneofCase.ReceivedSince => new ByIndex(item => item.Entry.ReceivedAt >= key.ReceivedSince),
        SearchKey.KeyOneofCase.SavedBefore => new ByIndex(item => item.Entry.SavedAt < key.SavedBefore),
        SearchKey.KeyOneofCase.SavedSince => new ByIndex(item => item.Entry.SavedAt >= key.SavedSince),
        SearchKey.KeyOneofCase.Modseq => new ByIndex(item => item.Entry.ModSeq >= key.Modseq),
        SearchKey.KeyOneofCase.UidSet => new ByIndex(item => Packed.Read<uint>(key.UidSet).BinarySearch(item.Entry.Uid) >= 0),
        SearchKey.KeyOneofCase.EmailId => new ByIndex(
            item => item.Entry.BodyId.ToString("N").Equals(key.EmailId.Replace("-", "", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase)),
        SearchKey.KeyOneofCase.SentBefore => new BySentDay(day => day < key.SentBefore),
        SearchKey.KeyOneofCase.SentSince => new BySentDay(day => day >= key.SentSince),
        SearchKey.KeyOneofCase.Header => new ByHeader(key.Header),
        SearchKey.KeyOneofCase.Body => new ByText(key.Body, withHeader: false),
        SearchKey.KeyOneofCase.Text => new ByText(key.Text, withHeader: true),
        _ => throw Refused.Invalid("A search key asks for nothing"),
    };

    private static ByIndex ByKeyword(string keyword, string[] keywords)
    {
        var index = Array.FindIndex(keywords, name => name.Equals(keyword, StringComparison.OrdinalIgnoreCase));
        return index < 0
            ? new ByIndex(_ => false)
            : new ByIndex(item => (item.Entry.Flags & (1UL << (SystemFlags.FirstKeywordBit + index))) != 0);
    }

    private sealed class All(SearchQuery[] queries) : SearchQuery
    {
        public override int Cost => queries.Select(query => query.Cost).DefaultIfEmpty(0).Max();

        public override async ValueTask<bool> MatchesAsync(SearchedItem item, CancellationToken cancellationToken)
        {
            foreach (var query in queries)
            {
                if (!await query.MatchesAsync(item, cancellationToken))
                    return false;
            }

            return true;
        }
    }

    private sealed class Any(SearchQuery[] queries) : SearchQuery
    {
        public override int Cost => queries.Select(query => query.Cost).DefaultIfEmpty(0).Max();

        public override async ValueTask<bool> MatchesAsync(SearchedItem item, CancellationToken cancellationToken)
        {
            foreach (var query in queries)
            {
                if (await query.MatchesAsync(item, cancellationToken))
                    return true;
            }

            return false;
        }
    }

    private sealed class Not(SearchQuery query) : SearchQuery
    {
        public override int Cost => query.Cost;

        public override async ValueTask<bool> MatchesAsync(SearchedItem item, CancellationToken cancellationToken) =>
            !await query.MatchesAsync(item, cancellationToken);
    }

    private sealed class ByIndex(Func<SearchedItem, bool> matches) : SearchQuery
    {
        public override ValueTask<bool> MatchesAsync(SearchedItem item, CancellationToken cancellationToken) =>
            ValueTask.FromResult(matches(item));
    }

    private sealed class BySentDay(Func<long, bool> matches) : SearchQuery
    {
        public override int Cost => 1;

        public override async ValueTask<bool> MatchesAsync(SearchedItem item, CancellationToken cancellationToken)
        {
            if (await item.ContentAsync() is not { } content
                || !HeaderFields.TryFind(content.Summary.Header.Span, "Date"u8, out var value)
                || !MailDate.TryParse(value, out var date))
                return false;
            // RFC 9051 §6.4.4: the day of the Date header, time and zone disregarded.
            return matches(new DateTimeOffset(date.Date, TimeSpan.Zero).ToUnixTimeMilliseconds());
        }
    }

    private sealed class ByHeader(HeaderKey key) : SearchQuery
    {
        private readonly byte[] name = System.Text.Encoding.ASCII.GetBytes(key.Name);

        public override int Cost => 1;

        public override async ValueTask<bool> MatchesAsync(SearchedItem item, CancellationToken cancellationToken) =>
            await item.ContentAsync() is { } content && Contains(content.Summary.Header.Span);

        private bool Contains(ReadOnlySpan<byte> header)
        {
            var fields = new HeaderFields(header);
            while (fields.MoveNext())
            {
                if (System.Text.Ascii.EqualsIgnoreCase(fields.Name, name)
                    && (key.Value.Length == 0 || HeaderText.Decode(fields.RawValue).Contains(key.Value, StringComparison.OrdinalIgnoreCase)))
                    return true;
            }

            return false;
        }
    }

    private sealed class ByText(string text, bool withHeader) : SearchQuery
    {
        public override int Cost => 2;

        public override async ValueTask<bool> MatchesAsync(SearchedItem item, CancellationToken cancellationToken)
        {
            if (await item.ContentAsync() is not { } content)
                return false;
            if (withHeader && InHeader(content.Summary.Header.Span))
                return true;
            return await TextSearch.ContainsAsync(content, content.Summary.Root, text, withHeader, cancellationToken);
        }

        private bool InHeader(ReadOnlySpan<byte> header)
        {
            var fields = new HeaderFields(header);
            while (fields.MoveNext())
            {
                if (HeaderText.Decode(fields.RawValue).Contains(text, StringComparison.OrdinalIgnoreCase)
                    || HeaderText.Decode(fields.Name).Contains(text, StringComparison.OrdinalIgnoreCase))
                    return true;
            }

            return false;
        }
    }
}
