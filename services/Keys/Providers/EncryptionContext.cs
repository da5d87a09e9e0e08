using System.Buffers.Binary;
using System.Text;

namespace Mailstead.Keys.Providers;

/// <summary>
/// What a ciphertext is bound to besides its key: one name and value, as in <c>aws:workmail:arn</c> and an organization's ARN.
/// It is no secret, and without the same one nothing decrypts.
/// </summary>
internal sealed record EncryptionContext(string Name, string Value)
{
    public static EncryptionContext Organization(string arn) => new("aws:workmail:arn", arn);

    /// <summary>Length-prefixed, so that no two contexts have the same octets.</summary>
    public byte[] ToOctets(Guid keyId)
    {
        var name = Encoding.UTF8.GetBytes(Name);
        var value = Encoding.UTF8.GetBytes(Value);
        var octets = new byte[16 + 4 + name.Length + value.Length];
        keyId.TryWriteBytes(octets, bigEndian: true, out _);
        BinaryPrimitives.WriteInt32BigEndian(octets.AsSpan(16), name.Length);
        name.CopyTo(octets, 20);
        value.CopyTo(octets, 20 + name.Length);
        return octets;
    }
}
