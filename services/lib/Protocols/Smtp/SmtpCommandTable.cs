using System.Collections.Frozen;
using Mailstead.Protocols.Smtp.Commands;

namespace Mailstead.Protocols.Smtp;

/// <summary>One verb's grammar and action. Null: it has written its reply itself.</summary>
public delegate ValueTask<SmtpReply?> SmtpCommand(SmtpSession session, string arguments, CancellationToken cancellationToken);

/// <summary>Every verb that is spoken, and when.</summary>
public sealed class SmtpCommandTable
{
    private readonly FrozenDictionary<string, Entry> entries = new Entry[]
    {
        new("EHLO", NeedsHello: false, Ehlo.RunAsync),
        new("HELO", NeedsHello: false, Ehlo.HeloAsync),
        new("STARTTLS", NeedsHello: true, StartTls.RunAsync),
        new("AUTH", NeedsHello: true, Auth.RunAsync),
        new("MAIL", NeedsHello: true, Mail.RunAsync),
        new("RCPT", NeedsHello: true, Rcpt.RunAsync),
        new("DATA", NeedsHello: true, Data.RunAsync),
        new("BDAT", NeedsHello: false, Bdat.RunAsync),
        new("RSET", NeedsHello: false, Plain.RsetAsync),
        new("NOOP", NeedsHello: false, Plain.NoopAsync),
        new("VRFY", NeedsHello: false, Plain.VrfyAsync),
        new("EXPN", NeedsHello: false, Plain.ExpnAsync),
        new("HELP", NeedsHello: false, Plain.HelpAsync),
        new("QUIT", NeedsHello: false, Plain.QuitAsync),
    }.ToFrozenDictionary(entry => entry.Verb, StringComparer.OrdinalIgnoreCase);

    private readonly FrozenDictionary<string, Entry>.AlternateLookup<ReadOnlySpan<char>> byVerb;

    public SmtpCommandTable() => byVerb = entries.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>The verb of a line as the table writes it; <c>other</c> when it is none of ours.</summary>
    internal string VerbOf(string line)
    {
        var blank = line.IndexOf(' ', StringComparison.Ordinal);
        return byVerb.TryGetValue(blank < 0 ? line.AsSpan() : line.AsSpan(0, blank), out var entry) ? entry.Verb : "other";
    }

    public ValueTask<SmtpReply?> RunAsync(SmtpSession session, string line, CancellationToken cancellationToken)
    {
        var blank = line.IndexOf(' ', StringComparison.Ordinal);
        var verb = blank < 0 ? line.AsSpan() : line.AsSpan(0, blank);
        if (!byVerb.TryGetValue(verb, out var entry))
            return ValueTask.FromResult<SmtpReply?>(SmtpReplies.Unknown);
        if (entry.NeedsHello && session.ClientName is null)
            return ValueTask.FromResult<SmtpReply?>(SmtpReplies.HelloFirst);
        return entry.Command(session, blank < 0 ? "" : line[(blank + 1)..].TrimEnd(' '), cancellationToken);
    }

    private sealed record Entry(string Verb, bool NeedsHello, SmtpCommand Command);
}
