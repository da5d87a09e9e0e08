using System.Buffers.Binary;
using System.Buffers.Text;
using Mailstead.Persistence.Encryption;

namespace Mailstead.Directories.Impersonation;

/// <summary>
/// What a program shows that acts in a role: organization, role and end of validity, sealed, so that nothing needs to be kept of it and
/// nobody else can make one. Whether the role is still there is asked when it is used.
/// </summary>
internal static class ImpersonationToken
{
    public static readonly TimeSpan Life = TimeSpan.FromMinutes(15);

    public static string Create(DataKey installation, Guid organizationId, string roleId, DateTimeOffset now)
    {
        Span<byte> content = stackalloc byte[16 + 16 + sizeof(long)];
        organizationId.TryWriteBytes(content, bigEndian: true, out _);
        Guid.Parse(roleId).TryWriteBytes(content[16..], bigEndian: true, out _);
        BinaryPrimitives.WriteInt64BigEndian(content[32..], (now + Life).ToUnixTimeSeconds());
        return Base64Url.EncodeToString(installation.Seal(content, "impersonation token"u8));
    }
}
