using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Mailstead.Persistence.Bodies.S3;

/// <summary>
/// Section <c>Bodies:S3</c>: message bodies go to a bucket of an S3 API instead of segment files. Unused while
/// <see cref="Bucket"/> is empty.
/// </summary>
public sealed class S3Options
{
    /// <summary>Empty: message bodies are segment files in the data directory.</summary>
    public string Bucket { get; set; } = "";

    /// <summary>Names begin with it, so that a bucket can be shared: <c>mailstead/</c>.</summary>
    [StringLength(512)]
    public string Prefix { get; set; } = "bodies/";

    /// <summary>The service's URL; empty: Amazon S3 in <see cref="Region"/>.</summary>
    public string Endpoint { get; set; } = "";

    /// <summary>PEM file: the authorities that the service's certificate must come from. Empty: the system's.</summary>
    public string Authorities { get; set; } = "";

    /// <summary>Region in the signatures of requests.</summary>
    public string Region { get; set; } = "us-east-1";

    /// <summary>Empty, like <see cref="SecretAccessKey"/>: the environment, the profile or the role that the process runs under.</summary>
    public string AccessKeyId { get; set; } = "";

    /// <summary>The secret that belongs to it.</summary>
    public string SecretAccessKey { get; set; } = "";

    /// <summary>The bucket in the path instead of the host name, as most services but Amazon's want it.</summary>
    public bool ForcePathStyle { get; set; } = true;

    /// <summary>Makes the bucket when it isn't there: for an object store that has just been installed for this alone.</summary>
    public bool CreateBucket { get; set; }

    /// <summary>Time for one request; a request that fails is tried again, at most five times in all.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:05:00")]
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Packs of small bodies that are written at the same time.</summary>
    [Range(1, 64)]
    public int ConcurrentPacks { get; set; } = 4;
}

/// <inheritdoc/>
[OptionsValidator]
public sealed partial class S3OptionsValidator : IValidateOptions<S3Options>;
