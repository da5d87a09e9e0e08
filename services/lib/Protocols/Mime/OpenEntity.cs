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

    public bool IsDigest => Part is { Type: "multipart", Subtype: "digest" };
}
