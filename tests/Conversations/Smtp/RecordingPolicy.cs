using System.Text;
using Mailstead.Protocols.Smtp;

namespace Mailstead.Conversations.Smtp;

/// <summary>Takes mail for foo.com and keeps what it got.</summary>
internal sealed class RecordingPolicy : ISmtpPolicy
{
    public List<string> Contents { get; } = [];

    public string Hostname => "mx.test";

    public bool HasAuthentication => false;

    public ValueTask<SmtpReply> MailAsync(SmtpSession session, MailTransaction transaction, CancellationToken cancellationToken) =>
        ValueTask.FromResult(new SmtpReply(250, "2.1.0", "Sender OK"));

    public ValueTask<SmtpReply> RcptAsync(
        SmtpSession session, MailTransaction transaction, MailRecipient recipient, CancellationToken cancellationToken) =>
        ValueTask.FromResult(recipient.Address.EndsWith("@foo.com", StringComparison.Ordinal)
            ? new SmtpReply(250, "2.1.5", "Recipient OK")
            : new SmtpReply(550, "5.1.1", "No such address"));

    public ISmtpContent Begin(SmtpSession session, MailTransaction transaction) => new Content(this);

    public ValueTask<SmtpReply> AuthenticateAsync(SmtpSession session, string login, string password, CancellationToken cancellationToken) =>
        throw new NotSupportedException("AUTH is not offered");

    private sealed class Content(RecordingPolicy policy) : ISmtpContent
    {
        private readonly StringBuilder text = new();

        public ValueTask WriteAsync(ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
        {
            text.Append(Encoding.Latin1.GetString(content.Span));
            return ValueTask.CompletedTask;
        }

        public ValueTask<SmtpReply> CompleteAsync(CancellationToken cancellationToken)
        {
            policy.Contents.Add(text.ToString());
            return ValueTask.FromResult(new SmtpReply(250, "2.0.0", "accepted"));
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
