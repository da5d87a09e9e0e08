using System.ComponentModel.DataAnnotations;
using System.Net;
using Microsoft.Extensions.Options;

namespace Mailstead.Directories;

/// <summary>Settings under <c>Directories</c>.</summary>
internal sealed class DirectoriesOptions : IValidatableObject
{
    /// <summary>Organizations of the installation.</summary>
    [Range(1, 1_000_000)]
    public int OrganizationsMax { get; set; } = 100;

    /// <summary>Users and groups of one organization.</summary>
    [Range(1, 10_000_000)]
    public int EntitiesMax { get; set; } = 10_000_000;

    /// <summary>How often the TXT records of domains that are not verified yet are looked up.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan VerificationInterval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How often the DNS records of all domains are looked up.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "7.00:00:00")]
    public TimeSpan RecordCheckInterval { get; set; } = TimeSpan.FromHours(4);

    /// <summary>Who sends mail for the domains here, as a mechanism of SPF (RFC 7208 §5). Empty: <c>a:</c> and the host name.</summary>
    [RegularExpression(@"^((a|mx|include|exists|ip4|ip6)([:/]\S+)?)?$")]
    public string SpfMechanism { get; set; } = "";

    /// <summary>Address and port of a name server that takes dynamic updates (RFC 2136) from this installation. Empty: there is none.</summary>
    public string ZoneServer { get; set; } = "";

    /// <summary>The name of the key (HMAC-SHA-256, RFC 8945) that updates are signed with. Empty: they are not.</summary>
    [RegularExpression(@"^[A-Za-z0-9._-]{0,255}$")]
    public string ZoneKeyName { get; set; } = "";

    /// <summary>The key that belongs to it, in base64.</summary>
    public string ZoneKey { get; set; } = "";

    /// <summary>How long a disabled user's mailbox is kept.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "365.00:00:00")]
    public TimeSpan MailboxGrace { get; set; } = TimeSpan.FromDays(30);

    /// <summary>How long calls of the admin API stay in its log.</summary>
    [Range(typeof(TimeSpan), "1.00:00:00", "3653.00:00:00")]
    public TimeSpan ApiLogRetention { get; set; } = TimeSpan.FromDays(90);

    /// <summary>
    /// The administrator's access key, from a secret, where a data directory does not outlive its process; set both or neither.
    /// Empty: one is made at the first start and kept in the data directory.
    /// </summary>
    [RegularExpression("^([A-Z0-9]{16,128})?$")]
    public string AdministratorAccessKeyId { get; set; } = "";

    /// <summary>The secret that belongs to it.</summary>
    [RegularExpression("^(\\S{16,128})?$")]
    public string AdministratorSecretAccessKey { get; set; } = "";

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if ((AdministratorAccessKeyId.Length == 0) != (AdministratorSecretAccessKey.Length == 0))
        {
            yield return new ValidationResult(
                "Directories:AdministratorAccessKeyId and Directories:AdministratorSecretAccessKey belong together: set both or neither");
        }

        if (ZoneServer.Length > 0 && !IPEndPoint.TryParse(ZoneServer, out _))
            yield return new ValidationResult($"Directories:ZoneServer is '{ZoneServer}'; it wants an address, such as 192.0.2.53 or [2001:db8::53]:53");
        if ((ZoneKeyName.Length == 0) != (ZoneKey.Length == 0))
            yield return new ValidationResult("Directories:ZoneKeyName and Directories:ZoneKey belong together: set both or neither");
        if (!Convert.TryFromBase64String(ZoneKey, new byte[ZoneKey.Length], out _))
            yield return new ValidationResult("Directories:ZoneKey must be base64; its value is not shown here");
    }
}

[OptionsValidator]
internal sealed partial class DirectoriesOptionsValidator : IValidateOptions<DirectoriesOptions>;
