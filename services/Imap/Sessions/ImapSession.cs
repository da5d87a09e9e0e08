using System.IO.Pipelines;
using System.Net;
using Mailstead.Contracts.Directories.V1;
using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Protocols.Imap;

namespace Mailstead.Imap.Sessions;

/// <summary>The state of one IMAP connection. Commands hold behaviour; this holds what they know of each other.</summary>
internal sealed class ImapSession(string id, IDuplexPipe transport, IPEndPoint client, bool isEncrypted, TimeProvider clock) : IAsyncDisposable
{
    private IDuplexPipe transport = transport;
    private string? farewell;

    public string Id { get; } = id;

    public IPEndPoint Client { get; } = client;

    public bool IsEncrypted { get; private set; } = isEncrypted;

    public Principal? Principal { get; set; }

    public FolderView? View { get; set; }

    /// <summary>Another's mailbox whose changes are told: the one opened last.</summary>
    public MailboxRef? Followed { get; set; }

    public bool IsRev2 { get; set; }

    public bool HasCondStore { get; set; }

    public bool HasQResync { get; set; }

    public bool IsOver { get; set; }

    public int AuthenticationFailures { get; set; }

    /// <summary>Since when the client is waited for; 0: it is not.</summary>
    public long WaitingSince { get; set; }

    /// <summary>Since when output waits for a client that does not take it; 0: it does.</summary>
    public long WritingSince { get; private set; }

    /// <summary>In IDLE: changes are told at once.</summary>
    public bool IsIdle { get; set; }

    /// <summary>Set by the change feed; looked at after each command and in IDLE.</summary>
    public volatile bool HasNews;

    public string NewsTraceParent { get; set; } = "";

    public PipeReader Input => transport.Input;

    public ImapWriter Output { get; private set; } = new(transport.Output);

    /// <summary>For a TLS handshake.</summary>
    public IDuplexPipe Transport => transport;

    public ImapState State => Principal is null ? ImapState.NotAuthenticated : View is null ? ImapState.Authenticated : ImapState.Selected;

    public MailboxRef Mailbox => Principal is { } principal
        ? new MailboxRef { OrganizationId = principal.OrganizationId, MailboxId = principal.MailboxId }
        : throw new InvalidOperationException("Nobody is signed in");

    /// <summary>Whether whoever has signed in may go on, and look at what is open.</summary>
    public CheckAccessRequest ToAccessRequest() => new()
    {
        Principal = Principal,
        Protocol = ClientProtocol.Imap,
        ClientAddress = Client.Address.ToString(),
        SharedMailboxId = View is { } view && view.Mailbox.MailboxId != Principal?.MailboxId ? view.Mailbox.MailboxId : "",
    };

    /// <summary>Not null: say it and close.</summary>
    public string? Farewell => farewell;

    public void Upgrade(IDuplexPipe encrypted)
    {
        transport = encrypted;
        Output = new ImapWriter(encrypted.Output);
        IsEncrypted = true;
    }

    /// <summary>Hands on what was written, and waits while the client takes it too slowly.</summary>
    /// <exception cref="IOException">Nobody takes it any more.</exception>
    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        var flushing = Output.FlushAsync(cancellationToken);
        if (!flushing.IsCompleted)
            WritingSince = clock.GetTimestamp();
        var result = await flushing;
        WritingSince = 0;
        if (result.IsCompleted)
            throw new IOException("The client has gone");
    }

    /// <summary>What the line still has behind a literal; null: the connection ended.</summary>
    public ValueTask<byte[]?> ReadRestAsync(CancellationToken cancellationToken) => CommandText.ReadLineAsync(this, FlushAsync, cancellationToken);

    /// <summary>Ends the session at the next moment when that makes sense.</summary>
    public void Interrupt(string reason)
    {
        if (Interlocked.CompareExchange(ref farewell, reason, null) is null)
            transport.Input.CancelPendingRead();
    }

    /// <summary>Ends TLS that STARTTLS began.</summary>
    public ValueTask DisposeAsync() => transport is IAsyncDisposable upgraded ? upgraded.DisposeAsync() : ValueTask.CompletedTask;

    public void Notice(string traceParent)
    {
        NewsTraceParent = traceParent;
        HasNews = true;
        if (IsIdle)
            transport.Input.CancelPendingRead();
    }
}

/// <summary>RFC 9051 §3.</summary>
[Flags]
internal enum ImapState
{
    None = 0,
    NotAuthenticated = 1,
    Authenticated = 2,
    Selected = 4,
    SignedIn = Authenticated | Selected,
    Any = NotAuthenticated | SignedIn,
}
