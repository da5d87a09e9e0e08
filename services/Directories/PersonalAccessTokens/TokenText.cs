using System.Buffers.Text;
using System.Security.Cryptography;

namespace Mailstead.Directories.PersonalAccessTokens;

/// <summary>
/// A personal access token as users paste it: <c>mpat_</c>, then its id and 32 random octets in base64url. Of the octets only a hash is
/// kept: they are random, so that a slow one would protect nothing.
/// </summary>
internal static class TokenText
{
    private const string Prefix = "mpat_";
    private const int SecretOctets = 32;

    public static (string Text, byte[] SecretHash) Create(Guid id)
    {
        var secret = RandomNumberGenerator.GetBytes(SecretOctets);
        return (Prefix + Base64Url.EncodeToString([.. id.ToByteArray(bigEndian: true), .. secret]), SHA256.HashData(secret));
    }

    /// <summary>False: it is none; a password may be anything else.</summary>
    public static bool TryRead(string text, out Guid id, out byte[] secretHash)
    {
        (id, secretHash) = (default, []);
        Span<byte> octets = stackalloc byte[16 + SecretOctets];
        if (!text.StartsWith(Prefix, StringComparison.Ordinal) || !Base64Url.IsValid(text.AsSpan(Prefix.Length), out var length)
            || length != octets.Length || !Base64Url.TryDecodeFromChars(text.AsSpan(Prefix.Length), octets, out _))
            return false;
        id = new Guid(octets[..16], bigEndian: true);
        secretHash = SHA256.HashData(octets[16..]);
        return true;
    }
}
