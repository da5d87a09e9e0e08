using System.Text;
using Mailstead.Persistence.Databases;
using Mailstead.Persistence.Encryption;

namespace Mailstead.Mailboxes.Flags;

/// <summary>The keywords of a mailbox: one sealed list, only ever appended to, index n being bit 8+n of flags.</summary>
internal static class Keywords
{
    private static readonly Statement Find = new("SELECT sealed_keywords FROM mailboxes WHERE mailbox_id = @mailbox_id");

    private static readonly Statement Update = new(
        """
        UPDATE mailboxes
           SET sealed_keywords = @sealed_keywords
         WHERE mailbox_id = @mailbox_id
        """);

    public static string[] Open(DataKey key, Guid mailboxId, byte[]? sealedKeywords) =>
        sealedKeywords is null ? [] : Encoding.UTF8.GetString(key.Open(sealedKeywords, Context(mailboxId))).Split('\n');

    /// <summary>The bits of these keywords; those that are new are added to the list.</summary>
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT: no keyword. RESOURCE_EXHAUSTED: too many in this mailbox.</exception>
    public static async ValueTask<(ulong Bits, string[] All)> EnsureAsync(
        Transaction transaction, DataKey key, Guid mailboxId, IReadOnlyCollection<string> wanted)
    {
        var known = Open(key, mailboxId, await transaction.FindAsync(Find, reader => reader.GetOptionalOctets(0), mailboxId));
        if (wanted.Count == 0)
            return (0, known);
        var all = known.ToList();
        ulong bits = 0;
        foreach (var keyword in wanted)
        {
            Check(keyword);
            var index = all.FindIndex(name => name.Equals(keyword, StringComparison.OrdinalIgnoreCase));
            if (index < 0)
            {
                if (all.Count >= MailboxLimits.KeywordsMax)
                    throw Refused.Exhausted($"A mailbox has at most {MailboxLimits.KeywordsMax} keywords");
                index = all.Count;
                all.Add(keyword);
            }

            bits |= 1UL << (SystemFlags.FirstKeywordBit + index);
        }

        if (all.Count > known.Length)
            await transaction.ExecuteAsync(Update, key.Seal(Encoding.UTF8.GetBytes(string.Join('\n', all)), Context(mailboxId)), mailboxId);
        return (bits, [.. all]);
    }

    private static void Check(string keyword)
    {
        if (keyword.Length is 0 or > MailboxLimits.KeywordMax || keyword.Any(character => char.IsControl(character) || character == ' '))
            throw Refused.Invalid($"A keyword has 1 to {MailboxLimits.KeywordMax} characters, no blanks and no control characters");
    }

    private static byte[] Context(Guid mailboxId) => [.. "keywords"u8, .. mailboxId.ToByteArray()];
}
