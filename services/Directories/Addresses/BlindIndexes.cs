using System.Text;
using Mailstead.Persistence.Encryption;
using Mailstead.Protocols.Addresses;

namespace Mailstead.Directories.Addresses;

/// <summary>How names are found again without being stored: under the installation's key, one purpose each.</summary>
internal static class BlindIndexes
{
    public static byte[] OfAddress(DataKey installation, MailAddress address) => Of(installation, address.ToString(), "address");

    public static byte[] OfDomain(DataKey installation, string domain) => Of(installation, domain, "domain");

    public static byte[] OfAlias(DataKey installation, string alias) => Of(installation, alias.ToLowerInvariant(), "alias");

    public static byte[] OfToken(DataKey installation, string token) => Of(installation, token, "client token");

    /// <summary>Names of users and groups are unique within their organization, in any case.</summary>
    public static byte[] OfEntityName(DataKey installation, string name) => Of(installation, name.ToLowerInvariant(), "entity name");

    /// <summary>Under the organization's own key: nobody looks for a tag without knowing whose it is.</summary>
    public static byte[] OfTag(DataKey organization, string key) => Of(organization, key, "tag");

    /// <summary>Of what a request says, or of its token, under the organization's own key.</summary>
    public static byte[] OfRequest(DataKey organization, ReadOnlySpan<byte> request) => organization.BlindIndex(request, "request");

    /// <summary>An id for what is found by what it is called, under the organization's own key.</summary>
    public static Guid OfRecord(DataKey organization, string name) => new(Of(organization, name, "record").AsSpan(0, 16), bigEndian: true);

    private static byte[] Of(DataKey key, string value, string purpose) => key.BlindIndex(Encoding.UTF8.GetBytes(value), purpose);
}
