using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Mailstead.Directories;

/// <summary>Settings under <c>Directories</c>.</summary>
internal sealed class DirectoriesOptions
{
    [Range(1, 1_000_000)]
    public int OrganizationsMax { get; set; } = 100;

    /// <summary>Users and groups of one organization.</summary>
    [Range(1, 10_000_000)]
    public int EntitiesMax { get; set; } = 10_000_000;

    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan VerificationInterval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a disabled user's mailbox is kept.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "365.00:00:00")]
    public TimeSpan MailboxGrace { get; set; } = TimeSpan.FromDays(30);
}

[OptionsValidator]
internal sealed partial class DirectoriesOptionsValidator : IValidateOptions<DirectoriesOptions>;
