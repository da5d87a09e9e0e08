namespace Mailstead.Protocols.Smtp;

/// <summary>Replies that more than one command gives.</summary>
public static class SmtpReplies
{
    public static readonly SmtpReply Ok = new(250, "2.0.0", "OK");
    public static readonly SmtpReply LineTooLong = new(500, "5.5.2", $"Line too long: at most {SmtpLimits.LineOctetsMax} octets");
    public static readonly SmtpReply BadLineEnd = new(500, "5.5.2", "Lines end with CRLF; a bare CR, a bare LF and NUL are not allowed");
    public static readonly SmtpReply BadText = new(500, "5.5.2", "Commands are UTF-8");
    public static readonly SmtpReply Unknown = new(500, "5.5.1", "Unknown command");
    public static readonly SmtpReply HelloFirst = new(503, "5.5.1", "Say EHLO first");
    public static readonly SmtpReply MailFirst = new(503, "5.5.1", "Say MAIL first");
    public static readonly SmtpReply RcptFirst = new(503, "5.5.1", "No valid recipients: say RCPT first");
    public static readonly SmtpReply MailAlready = new(503, "5.5.1", "A transaction is open: finish it or say RSET");
    public static readonly SmtpReply ChunksBegun = new(503, "5.5.1", "BDAT has begun: go on with it, or say RSET");
    public static readonly SmtpReply TooManyErrors = new(421, "4.7.0", "Too many errors, closing connection");
    public static readonly SmtpReply TooManyRecipients = new(452, "4.5.3", $"At most {SmtpLimits.RecipientsMax} recipients: send the rest in another transaction");
    public static readonly SmtpReply TooLarge = new(552, "5.3.4", $"The message is larger than {SmtpLimits.MessageOctetsMax} octets");
    public static readonly SmtpReply BareLineEnds = new(554, "5.6.0", "The message has a bare CR or LF; lines end with CRLF (RFC 5321 section 2.3.8)");
    public static readonly SmtpReply Nul = new(554, "5.6.0", "The message has a NUL octet (RFC 5322 section 2.3); send such content encoded, as base64");
    public static readonly SmtpReply TimedOut = new(421, "4.4.2", "Timeout, closing connection");
    public static readonly SmtpReply ShuttingDown = new(421, "4.3.2", "The server is shutting down, try again later");
    public static readonly SmtpReply AccessChanged = new(421, "4.7.0", "Your access has changed, sign in again");
    public static readonly SmtpReply NoRoom = new(452, "4.3.1", "There is no room to store mail now, try again later");
    public static readonly SmtpReply ServerError = new(451, "4.3.0", "The server failed, try again later");
    public static readonly SmtpReply Unavailable = new(451, "4.3.0", "A part of the server is unavailable, try again later");
}
