using Mailstead.Contracts.Mailboxes.V1;

namespace Mailstead.Imap.Commands;

/// <summary>What a FETCH asks for (RFC 9051 §6.4.5).</summary>
internal sealed class FetchPlan
{
    public bool Flags { get; set; }

    public bool Uid { get; set; }

    public bool Size { get; set; }

    public bool InternalDate { get; set; }

    public bool ModSeq { get; set; }

    public bool EmailId { get; set; }

    public bool ThreadId { get; set; }

    public bool Envelope { get; set; }

    public bool Body { get; set; }

    public bool BodyStructure { get; set; }

    /// <summary>Some section is read without PEEK.</summary>
    public bool SetsSeen { get; set; }

    public List<FetchSection> Sections { get; } = [];

    public bool NeedsSummary => Envelope || Body || BodyStructure || Sections.Exists(section => section.Fields is not null);

    /// <summary>Fields of the message's own header.</summary>
    public bool NeedsHeader => Sections.Exists(section => section.Fields is not null && section.Range.Part.Count == 0);

    public bool NeedsContent => NeedsSummary || Sections.Count > 0;
}

/// <summary>One <c>BODY[…]</c>, <c>BINARY[…]</c> or <c>RFC822…</c>.</summary>
internal sealed record FetchSection
{
    /// <summary>As the response names it: <c>BODY[1.MIME]&lt;0&gt;</c>.</summary>
    public required string Name { get; init; }

    public required ContentRange Range { get; init; }

    /// <summary>HEADER.FIELDS: only these; null: everything.</summary>
    public IReadOnlyList<string>? Fields { get; init; }

    /// <summary>HEADER.FIELDS.NOT: all but these.</summary>
    public bool IsNot { get; init; }

    public bool IsBinary { get; init; }

    /// <summary>BINARY.SIZE: the length instead of the content.</summary>
    public bool IsSize { get; init; }

    /// <summary>A partial fetch of what is computed here (fields, decoded content).</summary>
    public (long Offset, long Length)? Partial { get; init; }

    /// <summary>Sent by the store as it lies.</summary>
    public bool IsStored => Fields is null && !IsBinary;
}
