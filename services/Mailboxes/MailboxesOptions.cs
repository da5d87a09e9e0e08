using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Mailstead.Mailboxes;

/// <summary>Settings under <c>Mailboxes</c>.</summary>
internal sealed class MailboxesOptions
{
    /// <summary>Memory for folder indexes: 60 octets an item.</summary>
    [Range(1_000_000, 64_000_000_000)]
    public long IndexCacheBytes { get; set; } = 256_000_000;

    /// <summary>How often watched mailboxes are looked at for changes at other replicas that the cache did not tell of.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan WatchInterval { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>The same while there is no cache.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "01:00:00")]
    public TimeSpan WatchIntervalAlone { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How often dead bodies are looked for.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "1.00:00:00")]
    public TimeSpan CollectInterval { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>A segment is left alone until nothing can be on its way to rows any more.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "7.00:00:00")]
    public TimeSpan CollectAfter { get; set; } = TimeSpan.FromHours(1);

    /// <summary>
    /// How long bodies are kept after the last message that they belong to has gone: at least as long as the tables may be taken
    /// back in time by means of their database (PostgreSQL's archived log), which finds its bodies then. Backups of the program's own
    /// hold what they need and don't count on it.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "400.00:00:00")]
    public TimeSpan RestoreWindow { get; set; } = TimeSpan.Zero;
}

[OptionsValidator]
internal sealed partial class MailboxesOptionsValidator : IValidateOptions<MailboxesOptions>;
