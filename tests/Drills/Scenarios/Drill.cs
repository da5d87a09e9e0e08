namespace Mailstead.Drills.Scenarios;

/// <summary>How long faults last and how often they come: short in the suite, long in the full run.</summary>
/// <param name="Calm">Before the fault, for comparison.</param>
/// <param name="Hold">How long a fault lasts.</param>
/// <param name="Kills">Of a drill that kills at random.</param>
internal sealed record Pace(TimeSpan Calm, TimeSpan Hold, int Kills)
{
    public static readonly Pace Quick = new(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(5), 8);

    public static readonly Pace Full = new(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(60), 60);
}

/// <summary>Something that goes wrong, and what is promised while it does.</summary>
internal abstract record Drill(string Name, string What)
{
    /// <summary>Mail goes on reaching clients while the fault lasts, with no pause longer than this.</summary>
    public TimeSpan? RidesOutWithin { get; init; }

    /// <summary>False: no sender hears 4xx.</summary>
    public bool MayDefer { get; init; } = true;

    /// <summary>Some sender is put off with these words.</summary>
    public string MustHear { get; init; } = "";

    /// <summary>Cuts cables or fills a disk, which only a process in a network and with mounts of its own may.</summary>
    public bool NeedsOwnNetwork { get; init; }

    /// <summary>Of the suite, at its pace.</summary>
    public bool IsQuick { get; init; }
}

/// <summary>And where it does.</summary>
/// <param name="FaultAsync">Brings it about and returns when it has lasted.</param>
internal sealed record Drill<T>(string Name, string What, Func<T, Pace, CancellationToken, Task> FaultAsync) : Drill(Name, What)
    where T : Drilled
{
    /// <summary>Brings back what was taken away; returns when that serves again.</summary>
    public Func<T, Task> EndAsync { get; init; } = _ => Task.CompletedTask;
}
