using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Mailboxes.Items;
using Mailstead.Persistence.Bodies;
using Mailstead.Persistence.Encryption;

namespace Mailstead.Mailboxes.Bodies;

/// <summary>
/// An item as clients see it: its copy's own header lines, then the shared body. The body is opened when it is first
/// needed. Used by one reader at a time.
/// </summary>
internal sealed class ItemContent : IDisposable
{
    private const int SummaryOctetsMax = 16 * 1024 * 1024;

    private readonly IBodyStore bodies;
    private readonly ItemRow row;
    private readonly MessageKey key;
    private readonly byte[] prologue;
    private BodyReader? body;
    private MessageSummary? summary;

    private ItemContent(IBodyStore bodies, ItemRow row, MessageKey key, byte[] prologue) =>
        (this.bodies, this.row, this.key, this.prologue) = (bodies, row, key, prologue);

    /// <summary>Of the whole item.</summary>
    public MessageSummary Summary => summary ??= ShiftedSummary.Of(ReadSummary(key, row.BodyId, row.Summary), prologue);

    public long Size => row.Size;

    public static ItemContent Open(IBodyStore bodies, MailboxName mailbox, DataKey mailboxKey, ItemRow row)
    {
        var (key, prologue) = ItemSeal.Open(mailboxKey, mailbox.MailboxId, row.BodyId, row.Sealed);
        return new ItemContent(bodies, row, key, prologue);
    }

    /// <summary>Reads on, at least one octet unless at the end.</summary>
    public async ValueTask<int> ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (offset < prologue.Length)
        {
            var count = (int)Math.Min(buffer.Length, prologue.Length - offset);
            prologue.AsMemory((int)offset, count).CopyTo(buffer);
            return count;
        }

        body ??= await bodies.OpenAsync(row.BodyId, row.Location, key, cancellationToken);
        return await body.ReadAsync(offset - prologue.Length, buffer, cancellationToken);
    }

    public void Dispose()
    {
        body?.Dispose();
        key.Dispose();
    }

    public static MessageSummary ReadSummary(MessageKey key, Guid bodyId, byte[] sealedSummary) =>
        MessageSummary.Parser.ParseFrom(key.OpenCompressed(sealedSummary, BodyRows.SummaryContext(bodyId), SummaryOctetsMax));
}
