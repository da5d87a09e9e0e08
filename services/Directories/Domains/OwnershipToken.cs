using System.Security.Cryptography;

namespace Mailstead.Directories.Domains;

/// <summary>What a domain's owner publishes in DNS to prove it: a TXT record <c>_mailstead.{domain}</c>.</summary>
internal static class OwnershipToken
{
    public static string Create() => "mailstead-verification=" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(20));

    public static string HostOf(string domain) => $"_mailstead.{domain}.";
}
