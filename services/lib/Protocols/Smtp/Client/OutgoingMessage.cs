namespace Mailstead.Protocols.Smtp.Client;

/// <summary>What is handed to a server.</summary>
public sealed record OutgoingMessage
{
    /// <summary>Empty: the null sender.</summary>
    public required string ReturnPath { get; init; }

    public required IReadOnlyList<OutgoingRecipient> Recipients { get; init; }

    public required long Size { get; init; }

    public bool NeedsSmtpUtf8 { get; init; }

    public bool IsEightBit { get; init; }

    public bool RequiresTls { get; init; }

    public string EnvelopeId { get; init; } = "";

    /// <summary>FULL, HDRS or empty.</summary>
    public string DsnReturn { get; init; } = "";

    /// <summary>Reads content at an offset: CRLF line ends, 0 at the end.</summary>
    public required Func<long, Memory<byte>, CancellationToken, ValueTask<int>> ReadAsync { get; init; }
}

/// <param name="Notify">RFC 3461 §4.1, or empty.</param>
/// <param name="OriginalRecipient">RFC 3461 §4.2, type and xtext, or empty.</param>
public sealed record OutgoingRecipient(string Address, string Notify, string OriginalRecipient);
