using System.Collections.Frozen;
using Mailstead.Imap.Sessions;
using Mailstead.Protocols.Imap;

namespace Mailstead.Imap.Commands;

/// <summary>A command being carried out.</summary>
internal sealed record ImapArguments(ImapSession Session, ReadOnlyMemory<byte> Octets, bool IsUid, CommandText Text)
{
    public ImapReader Reader => new(Octets.Span);
}

internal delegate Task<ImapReply> ImapCommand(ImapArguments arguments, CancellationToken cancellationToken);

/// <param name="Removals">What may be told behind it of messages that are gone.</param>
internal sealed record ImapCommandEntry(string Verb, ImapState States, Removals Removals, ImapCommand Command)
{
    private static readonly FrozenSet<string> Bare = FrozenSet.Create(
        StringComparer.Ordinal, "CAPABILITY", "NOOP", "LOGOUT", "STARTTLS", "NAMESPACE", "CHECK", "CLOSE", "UNSELECT");

    /// <summary>It has no arguments.</summary>
    public bool IsBare => Bare.Contains(Verb);

    public bool IsUid => Verb.StartsWith("UID ", StringComparison.Ordinal);
}

/// <summary>Every verb that is spoken, and in which states.</summary>
internal sealed class ImapCommandTable(
    ImapOptions options, Capability capability, SignIn signIn, Enable enable, Select select, FolderCommands folders, List list, Status status,
    Append append, Idle idle, Quota quota, Close close, Expunge expunge, Search search, Fetch fetch, Store store, Copy copy)
{
    private readonly FrozenDictionary<string, ImapCommandEntry> entries = new ImapCommandEntry[]
    {
        new("CAPABILITY", ImapState.Any, Removals.Told, capability.RunAsync),
        new("NOOP", ImapState.Any, Removals.Told, Simple.NoopAsync),
        new("LOGOUT", ImapState.Any, Removals.Withheld, Simple.LogoutAsync),
        new("ID", ImapState.Any, Removals.Told, Simple.IdAsync),
        new("STARTTLS", ImapState.NotAuthenticated, Removals.Withheld, signIn.StartTlsAsync),
        new("LOGIN", ImapState.NotAuthenticated, Removals.Withheld, signIn.LoginAsync),
        new("AUTHENTICATE", ImapState.NotAuthenticated, Removals.Withheld, signIn.AuthenticateAsync),
        new("ENABLE", ImapState.SignedIn, Removals.Told, enable.RunAsync),
        new("SELECT", ImapState.SignedIn, Removals.Withheld, select.SelectAsync),
        new("EXAMINE", ImapState.SignedIn, Removals.Withheld, select.ExamineAsync),
        new("CREATE", ImapState.SignedIn, Removals.Told, folders.CreateAsync),
        new("DELETE", ImapState.SignedIn, Removals.Told, folders.DeleteAsync),
        new("RENAME", ImapState.SignedIn, Removals.Told, folders.RenameAsync),
        new("SUBSCRIBE", ImapState.SignedIn, Removals.Told, folders.SubscribeAsync),
        new("UNSUBSCRIBE", ImapState.SignedIn, Removals.Told, folders.UnsubscribeAsync),
        new("LIST", ImapState.SignedIn, Removals.Told, list.ListAsync),
        new("LSUB", ImapState.SignedIn, Removals.Told, list.LsubAsync),
        new("NAMESPACE", ImapState.SignedIn, Removals.Told, Simple.NamespaceAsync),
        new("STATUS", ImapState.SignedIn, Removals.Told, status.RunAsync),
        new("APPEND", ImapState.SignedIn, Removals.Told, append.RunAsync),
        new("IDLE", ImapState.SignedIn, Removals.Told, idle.RunAsync),
        new("GETQUOTA", ImapState.SignedIn, Removals.Told, quota.GetAsync),
        new("GETQUOTAROOT", ImapState.SignedIn, Removals.Told, quota.GetRootAsync),
        new("CHECK", ImapState.Selected, Removals.Told, Simple.NoopAsync),
        new("CLOSE", ImapState.Selected, Removals.Withheld, close.CloseAsync),
        new("UNSELECT", ImapState.Selected, Removals.Withheld, close.UnselectAsync),
        new("EXPUNGE", ImapState.Selected, Removals.Told, expunge.RunAsync),
        new("UID EXPUNGE", ImapState.Selected, Removals.Told, expunge.UidAsync),
        new("SEARCH", ImapState.Selected, Removals.Withheld, search.RunAsync),
        new("UID SEARCH", ImapState.Selected, Removals.Told, search.RunAsync),
        new("FETCH", ImapState.Selected, Removals.Withheld, fetch.RunAsync),
        new("UID FETCH", ImapState.Selected, Removals.Alone, fetch.RunAsync),
        new("STORE", ImapState.Selected, Removals.Withheld, store.RunAsync),
        new("UID STORE", ImapState.Selected, Removals.Told, store.RunAsync),
        new("COPY", ImapState.Selected, Removals.Told, copy.CopyAsync),
        new("UID COPY", ImapState.Selected, Removals.Told, copy.CopyAsync),
        new("MOVE", ImapState.Selected, Removals.Told, copy.MoveAsync),
        new("UID MOVE", ImapState.Selected, Removals.Told, copy.MoveAsync),
    }.ToFrozenDictionary(entry => entry.Verb, StringComparer.Ordinal);

    public ImapOptions Options { get; } = options;

    public ImapCommandEntry? Find(string verb) => entries.GetValueOrDefault(verb);
}
