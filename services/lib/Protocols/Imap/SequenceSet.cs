namespace Mailstead.Protocols.Imap;

/// <summary>
/// A sequence-set (RFC 9051 §9): ranges of numbers, <c>*</c> being the largest there is. Ranges are kept as said, low end first.
/// </summary>
public readonly struct SequenceSet(IReadOnlyList<(uint First, uint Last)> ranges)
{
    /// <summary>Stands for <c>*</c>.</summary>
    public const uint Star = uint.MaxValue;

    /// <summary><c>$</c>: what the last SEARCH saved (RFC 5182).</summary>
    public static SequenceSet LastSearch { get; } = new([]) { IsLastSearch = true };

    public IReadOnlyList<(uint First, uint Last)> Ranges { get; } = ranges;

    public bool IsLastSearch { get; private init; }

    /// <summary>Indexes into <paramref name="count"/> messages, ascending, each once.</summary>
    public List<int> ToIndexes(int count)
    {
        var indexes = new List<int>();
        if (count == 0)
            return indexes;
        foreach (var (low, high) in Resolve((uint)count))
        {
            for (var number = low; number <= high && number <= count; number++)
                indexes.Add((int)number - 1);
        }

        return indexes;
    }

    /// <summary>True: a number in it names no message; in an empty mailbox not even <c>*</c> does.</summary>
    public bool Exceeds(int count) => (count == 0 && Ranges.Count > 0)
        || Ranges.Any(range => (range.First != Star && range.First > count) || (range.Last != Star && range.Last > count));

    /// <summary>The uids of <paramref name="uids"/> (ascending) that are in it, ascending, each once.</summary>
    public List<uint> Select(ReadOnlySpan<uint> uids) => Select(uids, uids.Length == 0 ? 0 : uids[^1]);

    /// <summary>As above, <c>*</c> being <paramref name="largest"/>.</summary>
    public List<uint> Select(ReadOnlySpan<uint> uids, uint largest)
    {
        var selected = new List<uint>();
        if (uids.Length == 0)
            return selected;
        foreach (var (low, high) in Resolve(largest))
        {
            var at = uids.BinarySearch(low);
            for (at = at < 0 ? ~at : at; at < uids.Length && uids[at] <= high; at++)
                selected.Add(uids[at]);
        }

        return selected;
    }

    /// <summary>Sorted and merged, with <c>*</c> as <paramref name="largest"/>.</summary>
    private List<(uint Low, uint High)> Resolve(uint largest)
    {
        var resolved = Ranges
            .Select(range => (A: range.First == Star ? largest : range.First, B: range.Last == Star ? largest : range.Last))
            .Select(range => range.A <= range.B ? (range.A, range.B) : (A: range.B, B: range.A))
            .OrderBy(range => range.A).ToList();
        var merged = new List<(uint Low, uint High)>();
        foreach (var (low, high) in resolved)
        {
            if (merged.Count > 0 && low <= merged[^1].High)
                merged[^1] = (merged[^1].Low, Math.Max(high, merged[^1].High));
            else
                merged.Add((low, high));
        }

        return merged;
    }
}
