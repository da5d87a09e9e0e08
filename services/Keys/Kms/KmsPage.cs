using System.Text;

namespace Mailstead.Keys.Kms;

/// <summary>Pages of lists: a marker names what the page before ended with, so that changes between pages move nothing.</summary>
internal static class KmsPage
{
    public const int Default = 100;

    /// <summary>Cuts what was read, one more than the page has, to the page.</summary>
    /// <param name="nameOf">What a row is found again by.</param>
    public static (List<T> Rows, string? Marker) Cut<T>(List<T> rows, int count, Func<T, string> nameOf) =>
        rows.Count > count ? (rows[..count], Convert.ToBase64String(Encoding.UTF8.GetBytes(nameOf(rows[count - 1])))) : (rows, null);

    /// <summary>What the page before ended with; empty: the first page.</summary>
    /// <exception cref="Grpc.Core.RpcException">InvalidMarkerException.</exception>
    public static string ReadName(string marker)
    {
        try
        {
            return Encoding.UTF8.GetString(Convert.FromBase64String(marker));
        }
        catch (FormatException)
        {
            throw KmsError.InvalidMarker();
        }
    }

    /// <exception cref="Grpc.Core.RpcException">InvalidMarkerException.</exception>
    public static Guid ReadId(string marker) => marker.Length == 0 ? Guid.Empty
        : Guid.TryParseExact(ReadName(marker), "D", out var id) ? id : throw KmsError.InvalidMarker();
}
