using Mailstead.Persistence.Encryption;

namespace Mailstead.Mailboxes.Items;

/// <summary>
/// What only this mailbox may know of an item: the message key and the copy's own header lines, in one box under the mailbox key,
/// bound to mailbox and body.
/// </summary>
internal static class ItemSeal
{
    public static byte[] Seal(DataKey key, Guid mailboxId, Guid bodyId, ReadOnlySpan<byte> messageKey, ReadOnlySpan<byte> prologue)
    {
        Span<byte> plain = stackalloc byte[MessageKey.OctetCount + prologue.Length];
        messageKey.CopyTo(plain);
        prologue.CopyTo(plain[MessageKey.OctetCount..]);
        Span<byte> context = stackalloc byte[32];
        WriteContext(context, mailboxId, bodyId);
        var box = key.Seal(plain, context);
        System.Security.Cryptography.CryptographicOperations.ZeroMemory(plain);
        return box;
    }

    public static (MessageKey Key, byte[] Prologue) Open(DataKey key, Guid mailboxId, Guid bodyId, byte[] box)
    {
        Span<byte> context = stackalloc byte[32];
        WriteContext(context, mailboxId, bodyId);
        var plain = key.Open(box, context);
        var messageKey = MessageKey.From(plain.AsSpan(0, MessageKey.OctetCount));
        var prologue = plain[MessageKey.OctetCount..];
        System.Security.Cryptography.CryptographicOperations.ZeroMemory(plain);
        return (messageKey, prologue);
    }

    private static void WriteContext(Span<byte> context, Guid mailboxId, Guid bodyId)
    {
        mailboxId.TryWriteBytes(context, bigEndian: true, out _);
        bodyId.TryWriteBytes(context[16..], bigEndian: true, out _);
    }
}
