using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Imap.Responses;
using Mailstead.Imap.Sessions;
using Mailstead.Protocols.Imap;
using Mailstead.Protocols.Mime;

namespace Mailstead.Imap.Commands;

/// <summary>Writes one FETCH response after the other from the pieces in which items come.</summary>
internal sealed class ItemWriter(
    ImapSession session, FolderView view, FetchPlan plan, List<FetchSection> stored, HashSet<uint> newlySeen)
{
    private readonly ImapWriter output = session.Output;
    private bool isOpen;
    private bool needsBlank;
    private int section = -1;
    private System.IO.MemoryStream? heldHeader;
    private long literalLeft;

    /// <summary>A length was told, and not so many octets yet.</summary>
    public bool IsInLiteral => literalLeft > 0;

    /// <summary>False: the client does not know this message.</summary>
    public bool Begin(FetchedItem item, ReadOnlySpan<byte> header)
    {
        var index = view.IndexOf(item.Uid);
        if (index < 0)
            return false;
        (isOpen, needsBlank, section) = (true, false, -1);
        output.Raw("* "u8).Number(index + 1).Raw(" FETCH ("u8);
        if (plan.Uid)
            Item("UID ").Number(item.Uid);
        if (plan.Flags || newlySeen.Contains(item.Uid))
            FlagsResponse.Write(Item("FLAGS "), item.Flags, view.Keywords);
        if (plan.Size)
            Item("RFC822.SIZE ").Number(item.Size);
        if (plan.InternalDate)
            Item($"INTERNALDATE \"{ImapDate.Format(item.ReceivedAt)}\"");
        if (plan.ModSeq || session.HasCondStore)
            Item("MODSEQ (").Number(item.Modseq).Raw(")"u8);
        if (plan.EmailId)
            Item($"EMAILID ({Objects.IdOf(item.EmailId.Span)})");
        if (plan.ThreadId)
            Item("THREADID NIL");
        WriteSummary(item.Summary, header);
        return true;
    }

    /// <summary>Puts a blank in front where one is due.</summary>
    public ImapWriter Item(string name)
    {
        if (needsBlank)
            output.Raw(" "u8);
        needsBlank = true;
        return output.Text(name);
    }

    public void Write(FetchedSection piece)
    {
        if (!isOpen)
            return;
        var asked = stored[piece.Index];
        if (asked.Fields is not null)
        {
            WriteFieldsOf(asked, piece);
            return;
        }

        if (piece.Index != section)
        {
            section = piece.Index;
            Item(asked.Name).Raw(" "u8);
            if (!piece.Found)
            {
                output.Raw("NIL"u8);
                return;
            }

            output.LiteralHeader(piece.Length);
            literalLeft = piece.Length;
        }

        output.LiteralOctets(piece.Data.Span);
        literalLeft -= piece.Data.Length;
    }

    public void End()
    {
        if (isOpen && !IsInLiteral)
            output.Raw(")\r\n"u8);
        isOpen = false;
    }

    private void WriteSummary(MessageSummary? summary, ReadOnlySpan<byte> header)
    {
        if (summary is null)
            return;
        if (plan.Envelope)
            EnvelopeResponse.Write(Item("ENVELOPE "), summary.Header.Span);
        if (plan.Body)
            BodyStructureResponse.Write(Item("BODY "), summary.Root, isExtended: false);
        if (plan.BodyStructure)
            BodyStructureResponse.Write(Item("BODYSTRUCTURE "), summary.Root, isExtended: true);
        foreach (var asked in plan.Sections)
        {
            if (asked.Fields is not null && asked.Range.Part.Count == 0)
                WriteFields(asked, header);
        }
    }

    /// <summary>Fields of a message inside: its header block comes whole and is small enough to be held.</summary>
    private void WriteFieldsOf(FetchSection asked, FetchedSection piece)
    {
        if (!piece.Found)
        {
            Item(asked.Name).Raw(" NIL"u8);
            return;
        }

        // A header that is longer than what is held comes on, and was written already.
        if (piece.Index == section)
            return;
        heldHeader ??= new System.IO.MemoryStream();
        if (heldHeader.Length < MimeScanner.HeaderOctetsMax)
            heldHeader.Write(piece.Data.Span);
        if (heldHeader.Length < piece.Length && heldHeader.Length < MimeScanner.HeaderOctetsMax)
            return;
        section = piece.Index;
        WriteFields(asked, heldHeader.GetBuffer().AsSpan(0, (int)heldHeader.Length));
        heldHeader.Dispose();
        heldHeader = null;
    }

    private void WriteFields(FetchSection asked, ReadOnlySpan<byte> header)
    {
        var chosen = new System.Buffers.ArrayBufferWriter<byte>(Math.Max(256, header.Length));
        var fields = new HeaderFields(header);
        while (fields.MoveNext())
        {
            if (IsAsked(asked, fields.Name) != asked.IsNot)
                System.Buffers.BuffersExtensions.Write(chosen, fields.Whole);
        }

        System.Buffers.BuffersExtensions.Write(chosen, "\r\n"u8);
        var value = chosen.WrittenSpan;
        if (asked.Partial is { } piece)
        {
            value = value[(int)Math.Min(piece.Offset, value.Length)..];
            value = value[..(int)Math.Min(piece.Length, value.Length)];
        }

        Item(asked.Name).Raw(" "u8).Literal(value);
    }

    private static bool IsAsked(FetchSection asked, ReadOnlySpan<byte> name)
    {
        foreach (var field in asked.Fields!)
        {
            if (field.Length == name.Length && System.Text.Ascii.EqualsIgnoreCase(name, field))
                return true;
        }

        return false;
    }
}
