namespace Mailstead.Protocols.Smtp;

/// <summary>What MAIL and RCPT have said so far.</summary>
public sealed class MailTransaction
{
    /// <summary>Empty: the null sender.</summary>
    public required string ReturnPath { get; init; }

    /// <summary>SIZE (RFC 1870): 0 when not told.</summary>
    public long Size { get; set; }

    public bool IsEightBit { get; set; }

    public bool IsSmtpUtf8 { get; set; }

    public bool RequiresTls { get; set; }

    /// <summary>RFC 3461 §4.4, decoded.</summary>
    public string EnvelopeId { get; set; } = "";

    /// <summary>FULL, HDRS or empty (RFC 3461 §4.3).</summary>
    public string DsnReturn { get; set; } = "";

    public List<MailRecipient> Recipients { get; } = [];

    /// <summary>Taken over by the policy for its own use, e.g. what a directory has answered.</summary>
    public object? Tag { get; set; }
}

/// <summary>An accepted RCPT.</summary>
public sealed class MailRecipient
{
    public required string Address { get; set; }

    /// <summary>RFC 3461 §4.2, as sent.</summary>
    public string OriginalRecipient { get; set; } = "";

    public bool NotifyNever { get; set; }

    public bool NotifySuccess { get; set; }

    public bool NotifyFailure { get; set; }

    public bool NotifyDelay { get; set; }

    public object? Tag { get; set; }
}
