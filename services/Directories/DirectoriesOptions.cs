using System.ComponentModel.DataAnnotations;
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
    }
}

[OptionsValidator]
internal sealed partial class DirectoriesOptionsValidator : IValidateOptions<DirectoriesOptions>;
