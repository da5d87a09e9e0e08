namespace Mailstead.Benchmarks.Targets;

/// <summary>A mail server under load: where it listens, who has a mailbox, which processes it is.</summary>
internal abstract class Target : IAsyncDisposable
{
    public const int AccountCount = 100;

    public abstract string Name { get; }

    public abstract int SmtpPort { get; }

    public abstract int ImapPort { get; }

    /// <summary>Null: it has no TLS here.</summary>
    public abstract int? ImapTlsPort { get; }

    public abstract IReadOnlyList<Account> Accounts { get; }

    public abstract IReadOnlyList<int> ProcessIds { get; }

    /// <summary>Its admin API; null: it has none.</summary>
    public virtual SignedCall? Admin => null;

    /// <summary>Those processes and what they stand on, by name; nothing where one process is everything.</summary>
    public virtual IReadOnlyDictionary<string, IReadOnlyList<int>> Parts => new Dictionary<string, IReadOnlyList<int>>();

    /// <summary>From the start of the program until it said that it is ready.</summary>
    public abstract TimeSpan StartTime { get; }

    public abstract ValueTask DisposeAsync();
}
