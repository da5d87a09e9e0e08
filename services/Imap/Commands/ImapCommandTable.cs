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

/// <param name="MayRemove">Whether EXPUNGE may be told behind it: not where the client counts on sequence numbers.</param>
internal sealed record ImapCommandEntry(string Verb, ImapState States, bool MayRemove, ImapCommand Command)
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
        new("CAPABILITY", ImapState.Any, true, capability.RunAsync),
        new("NOOP", ImapState.Any, true, Simple.NoopAsync),
        new("LOGOUT", ImapState.Any, false, Simple.LogoutAsync),
        new("ID", ImapState.Any, true, Simple.IdAsync),
        new("STARTTLS", ImapState.NotAuthenticated, false, signIn.StartTlsAsync),
        new("LOGIN", ImapState.NotAuthenticated, false, signIn.LoginAsync),
        new("AUTHENTICATE", ImapState.NotAuthenticated, false, signIn.AuthenticateAsync),
        new("ENABLE", ImapState.SignedIn, true, enable.RunAsync),
        new("SELECT", ImapState.SignedIn, false, select.SelectAsync),
        new("EXAMINE", ImapState.SignedIn, false, select.ExamineAsync),
        new("CREATE", ImapState.SignedIn, true, folders.CreateAsync),
        new("DELETE", ImapState.SignedIn, true, folders.DeleteAsync),
        new("RENAME", ImapState.SignedIn, true, folders.RenameAsync),
        new("SUBSCRIBE", ImapState.SignedIn, true, folders.SubscribeAsync),
        new("UNSUBSCRIBE", ImapState.SignedIn, true, folders.UnsubscribeAsync),
        new("LIST", ImapState.SignedIn, true, list.ListAsync),
        new("LSUB", ImapState.SignedIn, true, list.LsubAsync),
        new("NAMESPACE", ImapState.SignedIn, true, Simple.NamespaceAsync),
        new("STATUS", ImapState.SignedIn, true, status.RunAsync),
        new("APPEND", ImapState.SignedIn, true, append.RunAsync),
        new("IDLE", ImapState.SignedIn, true, idle.RunAsync),
        new("GETQUOTA", ImapState.SignedIn, true, quota.GetAsync),
        new("GETQUOTAROOT", ImapState.SignedIn, true, quota.GetRootAsync),
        new("CHECK", ImapState.Selected, true, Simple.NoopAsync),
        new("CLOSE", ImapState.Selected, false, close.CloseAsync),
        new("UNSELECT", ImapState.Selected, false, close.UnselectAsync),
        new("EXPUNGE", ImapState.Selected, true, expunge.RunAsync),
        new("UID EXPUNGE", ImapState.Selected, true, expunge.UidAsync),
        new("SEARCH", ImapState.Selected, false, search.RunAsync),
        new("UID SEARCH", ImapState.Selected, true, search.RunAsync),
        new("FETCH", ImapState.Selected, false, fetch.RunAsync),
        new("UID FETCH", ImapState.Selected, true, fetch.RunAsync),
        new("STORE", ImapState.Selected, false, store.RunAsync),
        new("UID STORE", ImapState.Selected, true, store.RunAsync),
        new("COPY", ImapState.Selected, true, copy.CopyAsync),
        new("UID COPY", ImapState.Selected, true, copy.CopyAsync),
        new("MOVE", ImapState.Selected, true, copy.MoveAsync),
        new("UID MOVE", ImapState.Selected, true, copy.MoveAsync),
    }.ToFrozenDictionary(entry => entry.Verb, StringComparer.Ordinal);

    public ImapOptions Options { get; } = options;

    public ImapCommandEntry? Find(string verb) => entries.GetValueOrDefault(verb);
}
