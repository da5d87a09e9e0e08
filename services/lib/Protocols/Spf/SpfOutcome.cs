namespace Mailstead.Protocols.Spf;

/// <summary>What SPF says of a client that sends in a domain's name (RFC 7208 §2.6).</summary>
public enum SpfOutcome
{
    /// <summary>The domain says nothing, or there is no domain to ask.</summary>
    None,

    /// <summary>The domain says that it does not say.</summary>
    Neutral,

    /// <summary>The client may.</summary>
    Pass,

    /// <summary>The client may not.</summary>
    Fail,

    /// <summary>It probably may not.</summary>
    SoftFail,

    /// <summary>DNS could not be asked.</summary>
    TempError,

    /// <summary>The domain's record can't be interpreted.</summary>
    PermError,
}

/// <param name="Domain">The one that was asked about.</param>
/// <param name="Reason">Why, for people: the mechanism that matched, or what is wrong.</param>
/// <param name="Explanation">What the domain's owner tells those who fail (exp=); empty: nothing.</param>
public sealed record SpfResult(SpfOutcome Outcome, string Domain, string Reason, string Explanation = "");

/// <summary>Whom SPF is asked about.</summary>
/// <param name="Client">The address of the SMTP client.</param>
/// <param name="Sender">MAIL FROM, or <c>postmaster@</c> the HELO name when that is empty (§2.4).</param>
/// <param name="HelloName">The name in HELO or EHLO.</param>
/// <param name="Receiver">The name of this host, for explanations.</param>
public sealed record SpfQuestion(System.Net.IPAddress Client, string Sender, string HelloName, string Receiver)
{
    public string SenderDomain => Sender[(Sender.LastIndexOf('@') + 1)..];
}
