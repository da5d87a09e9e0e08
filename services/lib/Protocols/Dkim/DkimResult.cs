namespace Mailstead.Protocols.Dkim;

/// <summary>What became of a signature (RFC 8601 §2.7.1).</summary>
public enum DkimOutcome
{
    /// <summary>It fits.</summary>
    Pass,

    /// <summary>It does not, or no more.</summary>
    Fail,

    /// <summary>It can't be understood.</summary>
    Neutral,

    /// <summary>The key could not be asked for: it may fit.</summary>
    TempError,

    /// <summary>It can never be verified: no such key, or one that is not for it.</summary>
    PermError,
}

/// <summary>One signature of a message.</summary>
/// <param name="Domain">The one that signed (d=).</param>
/// <param name="Selector">Which of its keys (s=).</param>
/// <param name="Signature">The first characters of it, which tell signatures of a domain apart (RFC 6008).</param>
/// <param name="Reason">Empty when it passed.</param>
public sealed record DkimResult(DkimOutcome Outcome, string Domain, string Selector, string Signature, string Reason);
