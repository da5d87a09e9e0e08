using System.Security.Cryptography;
using Mailstead.Persistence.Encryption;

namespace Mailstead.Mailboxes.Properties;

/// <summary>An item's properties in a box under the mailbox key, bound to mailbox and body, so that copies and moves keep them.</summary>
internal static class PropertySeal
{
    public static byte[] Seal(DataKey key, Guid mailboxId, Guid bodyId, PropertyBag bag) =>
        key.Seal(PropertyBagFormat.Write(bag), Context(mailboxId, bodyId));

    /// <exception cref="CryptographicException">The box was changed or belongs elsewhere, or what is in it is no bag.</exception>
    public static PropertyBag Open(DataKey key, Guid mailboxId, Guid bodyId, byte[]? box) =>
        box is null
            ? new PropertyBag()
            : PropertyBagFormat.Read(key.Open(box, Context(mailboxId, bodyId)))
              ?? throw new CryptographicException("A box of properties holds something else");

    private static byte[] Context(Guid mailboxId, Guid bodyId) =>
        [.. "properties"u8, .. mailboxId.ToByteArray(bigEndian: true), .. bodyId.ToByteArray(bigEndian: true)];
}
