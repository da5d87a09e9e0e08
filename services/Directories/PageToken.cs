using System.Buffers.Text;

namespace Mailstead.Directories;

/// <summary>
/// Where the next page begins: behind the last id told. Rows made or deleted between pages neither repeat nor hide others.
/// </summary>
internal static class PageToken
{
    public const int DefaultCount = 100;

    /// <exception cref="Grpc.Core.RpcException">InvalidParameterException.</exception>
    public static Guid Read(string token)
    {
        if (token.Length == 0)
            return Guid.Empty;
        Span<byte> octets = stackalloc byte[16];
        return token.Length == 22 && Base64Url.IsValid(token) && Base64Url.TryDecodeFromChars(token, octets, out var count) && count == 16
            ? new Guid(octets, bigEndian: true)
            : throw AdminError.InvalidParameter("NextToken must be one that this operation gave");
    }

    public static string Write(Guid last) => Base64Url.EncodeToString(last.ToByteArray(bigEndian: true));

    public static int Count(bool isGiven, int count) => isGiven ? count : DefaultCount;
}
