using System.Globalization;
using System.Text.RegularExpressions;

namespace Mailstead.Conversations.Imap;

/// <summary>
/// What a client believes of a folder, built from nothing but what the server says: sequence numbers, uids where it was told them,
/// flags.
/// </summary>
internal sealed partial class FolderReplica
{
    private readonly List<Message> messages = [];

    public long HighestModSeq { get; private set; }

    public uint UidValidity { get; private set; }

    public int Count => messages.Count;

    public IEnumerable<uint> Uids => messages.Select(message => message.Uid);

    /// <summary>One line for each message, for comparing.</summary>
    public string Picture => string.Join('\n', messages.Select(message => $"{message.Uid} {message.Flags}"));

    /// <summary>The first message of which uid or flags were not told yet; 0: none.</summary>
    public int FirstUnknown => messages.FindIndex(message => message.Uid == 0 || message.Flags is null) + 1;

    public FolderReplica Copy()
    {
        var copy = new FolderReplica { HighestModSeq = HighestModSeq, UidValidity = UidValidity };
        copy.messages.AddRange(messages.Select(message => message with { }));
        return copy;
    }

    /// <summary>Takes in what it says itself: a STORE that it wants no answer to.</summary>
    public void Say(string command)
    {
        if (SilentStore().Match(command) is not { Success: true } store)
            return;
        var ends = new[] { 1, 2 }.Select(group => int.Parse(store.Groups[group].Value, CultureInfo.InvariantCulture)).Order().ToArray();
        foreach (var message in messages.Take(ends[1]).Skip(ends[0] - 1))
        {
            var flags = message.Flags!.Split(' ', StringSplitOptions.RemoveEmptyEntries).Except([store.Groups[4].Value]);
            message.Flags = Sorted(store.Groups[3].Value == "+" ? flags.Append(store.Groups[4].Value) : flags);
        }
    }

    /// <summary>Takes an untagged or tagged line in.</summary>
    public void Hear(string line)
    {
        if (Code().Match(line) is { Success: true } code)
            HighestModSeq = long.Parse(code.Groups[1].Value, CultureInfo.InvariantCulture);
        if (Validity().Match(line) is { Success: true } validity)
            UidValidity = uint.Parse(validity.Groups[1].Value, CultureInfo.InvariantCulture);
        if (Vanished().Match(line) is { Success: true } vanished)
            Remove(vanished.Groups[2].Value, isEarlier: vanished.Groups[1].Success);
        if (Numbered().Match(line) is not { Success: true } numbered)
            return;
        var number = int.Parse(numbered.Groups[1].Value, CultureInfo.InvariantCulture);
        switch (numbered.Groups[2].Value)
        {
            case "EXISTS":
                Assert.True(number >= messages.Count, $"{line}, but {messages.Count} were known");
                while (messages.Count < number)
                    messages.Add(new Message());
                break;
            case "EXPUNGE":
                messages.RemoveAt(number - 1);
                break;
            case "FETCH":
                Fetch(messages[number - 1], line);
                break;
        }
    }

    private static void Fetch(Message message, string line)
    {
        if (Uid().Match(line) is { Success: true } uid)
        {
            var told = uint.Parse(uid.Groups[1].Value, CultureInfo.InvariantCulture);
            Assert.True(message.Uid == 0 || message.Uid == told, $"{line}, but it was {message.Uid}");
            message.Uid = told;
        }

        if (Flags().Match(line) is { Success: true } flags)
            message.Flags = Sorted(flags.Groups[1].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }

    private static string Sorted(IEnumerable<string> flags) => string.Join(' ', flags.Order(StringComparer.Ordinal));

    /// <summary>Only EARLIER may name what the client no longer has, or never had.</summary>
    private void Remove(string set, bool isEarlier)
    {
        foreach (var range in set.Split(','))
        {
            var ends = range.Split(':').Select(end => uint.Parse(end, CultureInfo.InvariantCulture)).ToArray();
            var removed = messages.RemoveAll(message => message.Uid >= ends[0] && message.Uid <= ends[^1]);
            Assert.True(isEarlier || removed == ends[^1] - ends[0] + 1, $"VANISHED {set} names a message that is not there");
        }
    }

    [GeneratedRegex(@"\[HIGHESTMODSEQ (\d+)\]")]
    private static partial Regex Code();

    [GeneratedRegex(@"\[UIDVALIDITY (\d+)\]")]
    private static partial Regex Validity();

    [GeneratedRegex(@"^\* VANISHED( \(EARLIER\))? ([0-9,:]+)$")]
    private static partial Regex Vanished();

    [GeneratedRegex(@"^\* (\d+) (EXISTS|EXPUNGE|FETCH)")]
    private static partial Regex Numbered();

    [GeneratedRegex(@"^STORE (\d+):(\d+) ([+-])FLAGS\.SILENT \(([^)]+)\)$")]
    private static partial Regex SilentStore();

    [GeneratedRegex(@"UID (\d+)")]
    private static partial Regex Uid();

    [GeneratedRegex(@"FLAGS \(([^)]*)\)")]
    private static partial Regex Flags();

    private sealed record Message
    {
        public uint Uid { get; set; }

        public string? Flags { get; set; }
    }
}
