namespace Mailstead.Imap.Sessions;

/// <summary>What a client may be told of messages that are gone, which moves the sequence numbers of those behind them.</summary>
internal enum Removals
{
    /// <summary>Nothing: it still counts on its numbers (RFC 9051 §7.5.1).</summary>
    Withheld,

    /// <summary>
    /// Only without changes of messages that it knows. Inside the answer to a UID FETCH there are clients that join a change, told
    /// under a number that a removal has moved, to the message that had the number before, and lose sight of that one.
    /// </summary>
    Alone,

    /// <summary>Everything.</summary>
    Told,
}
