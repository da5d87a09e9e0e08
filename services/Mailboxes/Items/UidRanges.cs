namespace Mailstead.Mailboxes.Items;

/// <summary>Cuts a list of uids into ranges worth one query each: dense runs together, lone ones alone.</summary>
internal static class UidRanges
{
    /// <summary>Unwanted uids between two wanted ones that are cheaper to read over than to ask around.</summary>
    private const uint GapMax = 16;

    /// <summary>Index pairs (first, last) into <paramref name="uids"/>.</summary>
    public static IEnumerable<(int First, int Last)> Of(uint[] uids)
    {
        var first = 0;
        for (var i = 1; i <= uids.Length; i++)
        {
            if (i < uids.Length && uids[i] - uids[i - 1] <= GapMax)
                continue;
            yield return (first, i - 1);
            first = i;
        }
    }

    /// <summary>Keeps the rows whose uid is wanted; both are ascending.</summary>
    public static void AddWanted<T>(List<T> rows, Func<T, uint> uidOf, ReadOnlySpan<uint> wanted, List<T> found)
    {
        var at = 0;
        foreach (var row in rows)
        {
            var uid = uidOf(row);
            while (at < wanted.Length && wanted[at] < uid)
                at++;
            if (at < wanted.Length && wanted[at] == uid)
                found.Add(row);
        }
    }
}
