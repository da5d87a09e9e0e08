namespace Mailstead.Hosting;

/// <summary>How long this process waits for others, how often it tries again, when it stops trying: the one place that says so.</summary>
internal static class Budgets
{
    /// <summary>A unary call without a deadline of its own; streams last as long as their clients.</summary>
    public static readonly TimeSpan Call = TimeSpan.FromMinutes(2);

    /// <summary>A peer that is gone without a word is noticed after this much silence and half of it again.</summary>
    public static readonly TimeSpan CallKeepAlive = TimeSpan.FromSeconds(10);

    /// <summary>For one attempt of a start to reach a role.</summary>
    public static readonly TimeSpan StartReach = TimeSpan.FromSeconds(3);

    /// <summary>Between two attempts to reach what a start can't do without: at first, and at most. It never gives up.</summary>
    public static readonly TimeSpan StartFirstDelay = TimeSpan.FromMilliseconds(100);
    public static readonly TimeSpan StartLongestDelay = TimeSpan.FromSeconds(2);

    public const int CallAttemptsMax = 5;
    public static readonly TimeSpan CallFirstDelay = TimeSpan.FromMilliseconds(100);
    public static readonly TimeSpan CallLongestDelay = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Between two attempts to reach a replica that is gone: at first, and at most. Less than the attempts of a call take together, so that
    /// one that has just come up is found by calls that are waiting.
    /// </summary>
    public static readonly TimeSpan ReconnectFirstDelay = TimeSpan.FromMilliseconds(100);
    public static readonly TimeSpan ReconnectLongestDelay = TimeSpan.FromMilliseconds(500);

    /// <summary>Until the broker has confirmed an event; then it is published again.</summary>
    public static readonly TimeSpan Publish = TimeSpan.FromSeconds(10);

    /// <summary>Between two attempts to publish while there is no broker.</summary>
    public static readonly TimeSpan PublishPause = TimeSpan.FromSeconds(1);

    /// <summary>What a stop waits for events that are on their way.</summary>
    public static readonly TimeSpan PublishAtEnd = TimeSpan.FromSeconds(2);

    public static readonly TimeSpan BrokerHeartbeat = TimeSpan.FromSeconds(10);
    public static readonly TimeSpan BrokerConnect = TimeSpan.FromSeconds(5);

    /// <summary>A consumer that fails is tried again after these waits; then the event is dead.</summary>
    public static readonly IReadOnlyList<TimeSpan> ConsumeDelays =
        [TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5)];

    /// <summary>A command of the cache. Somebody waits for it, and without an answer goes on alone.</summary>
    public static readonly TimeSpan CacheCommand = TimeSpan.FromMilliseconds(250);

    public static readonly TimeSpan CacheConnect = TimeSpan.FromSeconds(5);

    /// <summary>When half of the commands of <see cref="CacheSampling"/> have failed, none is tried for so long.</summary>
    public static readonly TimeSpan CacheBreak = TimeSpan.FromSeconds(2);
    public static readonly TimeSpan CacheSampling = TimeSpan.FromSeconds(5);
    public const int CacheSamplesMin = 5;
}
