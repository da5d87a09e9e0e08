using System.Diagnostics;
using Mailstead.Contracts.Delivery.V1;
using Mailstead.Contracts.Directories.V1;

namespace Mailstead.Protocols.Smtp.Server;

/// <summary>An SMTP transaction as delivery's contract wants it.</summary>
public static class Envelopes
{
    /// <summary>Recipients whose <c>Tag</c> is a directory's answer carry it along.</summary>
    public static Envelope Create(SmtpSession session, MailTransaction transaction, Direction direction)
    {
        var envelope = new Envelope
        {
            Direction = direction,
            ReturnPath = transaction.ReturnPath,
            ClientAddress = session.Client.Address.ToString(),
            ClientName = session.ClientName ?? "",
            Smtputf8 = transaction.IsSmtpUtf8,
            EightBit = transaction.IsEightBit,
            RequireTls = transaction.RequiresTls,
            EnvelopeId = transaction.EnvelopeId,
            DsnReturn = transaction.DsnReturn switch
            {
                "FULL" => DsnReturn.Full,
                "HDRS" => DsnReturn.Headers,
                _ => DsnReturn.Unspecified,
            },
            TraceParent = Activity.Current?.Id ?? "",
        };
        foreach (var recipient in transaction.Recipients)
        {
            envelope.Recipients.Add(new EnvelopeRecipient
            {
                Address = recipient.Address,
                OriginalRecipient = recipient.OriginalRecipient,
                NotifyNever = recipient.NotifyNever,
                NotifySuccess = recipient.NotifySuccess,
                NotifyFailure = recipient.NotifyFailure,
                NotifyDelay = recipient.NotifyDelay,
                Resolved = recipient.Tag as Recipient,
            });
        }

        return envelope;
    }
}
