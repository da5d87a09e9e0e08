namespace Mailstead.Protocols.Smtp;

/// <summary>What differs between receiving mail from the internet and taking it from users.</summary>
public interface ISmtpPolicy
{
    /// <summary>The name in the greeting.</summary>
    string Hostname { get; }

    /// <summary>Whether AUTH exists here at all; it is offered under TLS only.</summary>
    bool HasAuthentication { get; }

    /// <summary>Positive: the transaction is open.</summary>
    ValueTask<SmtpReply> MailAsync(SmtpSession session, MailTransaction transaction, CancellationToken cancellationToken);

    /// <summary>Positive: the recipient is taken.</summary>
    ValueTask<SmtpReply> RcptAsync(
        SmtpSession session, MailTransaction transaction, MailRecipient recipient, CancellationToken cancellationToken);

    /// <summary>Takes the content of the message that is announced.</summary>
    ISmtpContent Begin(SmtpSession session, MailTransaction transaction);

    /// <summary>Positive (235): <see cref="SmtpSession.Principal"/> has been set.</summary>
    ValueTask<SmtpReply> AuthenticateAsync(SmtpSession session, string login, string password, CancellationToken cancellationToken);
}

/// <summary>Where the content of one message goes. Disposed without completion, nothing was accepted.</summary>
public interface ISmtpContent : IAsyncDisposable
{
    /// <summary>The octets are the caller's again when it returns.</summary>
    ValueTask WriteAsync(ReadOnlyMemory<byte> content, CancellationToken cancellationToken);

    /// <summary>Positive: durable.</summary>
    ValueTask<SmtpReply> CompleteAsync(CancellationToken cancellationToken);
}
