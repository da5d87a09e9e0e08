using System.Collections.Concurrent;

namespace Mailstead.Drills.Load;

/// <summary>What came of an attempt to hand a message over.</summary>
internal enum Outcome
{
    /// <summary>Its content was not sent to the end.</summary>
    NotSent,

    /// <summary>It was sent and nothing was answered: the message may be there once, or not.</summary>
    Unanswered,

    /// <summary>4xx: the sender keeps it and sends it again, which is another attempt.</summary>
    Deferred,

    /// <summary>5xx: the sender gives up and tells its author.</summary>
    Refused,

    /// <summary>250, or an APPEND's OK: from then on it is the server's.</summary>
    Acknowledged,
}

/// <summary>One attempt to hand over one message, with a Message-ID of its own; times are <see cref="System.Diagnostics.Stopwatch"/>'s.</summary>
internal sealed class Attempt(string id, IReadOnlyList<string> recipients, long begunAt)
{
    public string Id { get; } = id;

    /// <summary>Those that were accepted, once that is known.</summary>
    public IReadOnlyList<string> Recipients { get; set; } = recipients;

    public long BegunAt { get; } = begunAt;

    /// <summary>The end of the content went out.</summary>
    public long SentAt { get; set; }

    /// <summary>Zero while there is no answer.</summary>
    public long AnsweredAt { get; set; }

    public Outcome Outcome { get; set; }

    /// <summary>A client has asked for its removal: null, it has not; false, without an answer; true, and it was done.</summary>
    public bool? IsExpunged { get; set; }

    /// <summary>When sync clients had it first, by mailbox: told, and seen.</summary>
    public ConcurrentDictionary<string, (long ToldAt, long SeenAt)> Seen { get; } = [];

    /// <summary>How often it may be in each recipient's mailbox.</summary>
    public (int Least, int Most) Copies => (Outcome, IsExpunged) switch
    {
        (Outcome.Acknowledged, null) => (1, 1),
        (Outcome.Acknowledged, true) => (0, 0),
        (Outcome.Acknowledged, false) or (Outcome.Unanswered, _) => (0, 1),
        // A 4xx whose message was taken all the same is a fault of its own; it is told apart from a duplicate.
        (Outcome.Deferred, _) => (0, 1),
        _ => (0, 0),
    };
}
