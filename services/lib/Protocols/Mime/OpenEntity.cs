using Mailstead.Contracts.Mailboxes.V1;

namespace Mailstead.Protocols.Mime;

/// <summary>An entity whose end has not come yet.</summary>
internal sealed class OpenEntity(MimePart part, long linesAtStart)
{
    public MimePart Part { get; } = part;

    /// <summary>Line ends of the message before this entity's body.</summary>
    public long LinesAtBody { get; set; } = linesAtStart;

    /// <summary>A multipart's boundary while parts may still come.</summary>
    public byte[]? Boundary { get; set; }

    /// <summary>A report for machines, whose outcome is still to be found.</summary>
    public bool IsReport => Part is { Type: "message", Subtype: "delivery-status" or "disposition-notification", ReportOutcome: "" };

    public bool IsDigest => Part is { Type: "multipart", Subtype: "digest" };
}
