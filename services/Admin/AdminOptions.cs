using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Mailstead.Admin;

/// <summary>Settings under <c>Admin</c>.</summary>
internal sealed class AdminOptions
{
    /// <summary>Octets of a request's body.</summary>
    [Range(1024, 64 * 1024 * 1024)]
    public int BodyOctetsMax { get; set; } = 1024 * 1024;

    /// <summary>How far a signed request's clock may be from ours.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan ClockSkew { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>An operation that takes longer is given up.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(60);
}

[OptionsValidator]
internal sealed partial class AdminOptionsValidator : IValidateOptions<AdminOptions>;
