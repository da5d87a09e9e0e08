using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Mailstead.Admin;

/// <summary>Settings under <c>Admin</c>.</summary>
internal sealed class AdminOptions
{
    /// <summary>Octets of a request's body.</summary>
    [Range(1024, 64 * 1024 * 1024)]
    public int BodyOctetsMax { get; set; } = 1024 * 1024;

    /// <summary>Octets of all bodies that are in memory at once: who sends them is known only when they are there.</summary>
    [Range(1024 * 1024, int.MaxValue)]
    public int BodiesOctetsMax { get; set; } = 64 * 1024 * 1024;

    /// <summary>A body that takes longer to come is refused (408).</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan BodyTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How far a signed request's clock may be from ours.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan ClockSkew { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>An operation that takes longer is given up.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(60);
}

[OptionsValidator]
internal sealed partial class AdminOptionsValidator : IValidateOptions<AdminOptions>;
