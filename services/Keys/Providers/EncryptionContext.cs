using System.Buffers.Binary;
using System.Text;

namespace Mailstead.Keys.Providers;

/// <summary>
/// What a ciphertext is bound to besides its key: names and values, as in <c>aws:workmail:arn</c> and an organization's ARN.
/// They are no secret, and without the same ones nothing decrypts.
/// </summary>
internal sealed class EncryptionContext
{
    /// <summary>Where the length of the one name stands otherwise; no name is that long.</summary>
    private const int SeveralPairs = -1;

    public const string OrganizationArn = "aws:workmail:arn";

    public static readonly EncryptionContext None = new(new Dictionary<string, string>());

    public EncryptionContext(IReadOnlyDictionary<string, string> pairs) => Pairs = pairs;

    public EncryptionContext(string name, string value)
        : this(new Dictionary<string, string> { [name] = value })
    {
    }

    public IReadOnlyDictionary<string, string> Pairs { get; }

    public static EncryptionContext Organization(string arn) => new(OrganizationArn, arn);

    /// <summary>Length-prefixed and in the order of the names' octets, so that no two contexts have the same octets.</summary>
    public byte[] ToOctets(Guid keyId)
    {
        var octets = new MemoryStream();
        octets.Write(keyId.ToByteArray(bigEndian: true));
        if (Pairs.Count > 1)
            Write(octets, SeveralPairs);
        foreach (var (name, value) in Pairs.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            Write(octets, name);
            // The last of one pair needs no length: nothing follows it.
            if (Pairs.Count > 1)
                Write(octets, value);
            else
                octets.Write(Encoding.UTF8.GetBytes(value));
        }

        return octets.ToArray();
    }

    private static void Write(MemoryStream octets, string text)
    {
        var encoded = Encoding.UTF8.GetBytes(text);
        Write(octets, encoded.Length);
        octets.Write(encoded);
    }

    private static void Write(MemoryStream octets, int number)
    {
        Span<byte> encoded = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(encoded, number);
        octets.Write(encoded);
    }
}
