using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Persistence.Bodies;
using Mailstead.Persistence.Encryption;
using Mailstead.Protocols.Mime;
using CopyOf = Mailstead.Contracts.Mailboxes.V1.Delivery;

namespace Mailstead.Stores.Harness;

/// <summary>A message as the spool hands it to mailboxes: body stored, summary sealed.</summary>
internal static class Sample
{
    public static async Task<DeliverRequest> DeliveryAsync(
        Installation installation, string organizationId, string content, params CopyOf[] deliveries)
    {
        using var key = MessageKey.Create();
        var bodyId = Guid.CreateVersion7();
        var octets = Encoding.UTF8.GetBytes(content);
        await using var writer = installation.Get<IBodyStore>().Create(bodyId, key);
        await writer.WriteAsync(octets, CancellationToken.None);
        var stored = await writer.CompleteAsync(CancellationToken.None);
        var scanner = new MimeScanner();
        scanner.Append(octets);
        byte[] context = [.. "summary"u8, .. bodyId.ToByteArray(bigEndian: true)];
        var request = new DeliverRequest
        {
            OrganizationId = organizationId,
            MessageId = Guid.CreateVersion7().ToString(),
            MessageKey = ByteString.CopyFrom(key.Octets),
            ReceivedAt = 1_700_000_000_000,
            Body = new BodyReference
            {
                BodyId = ByteString.CopyFrom(bodyId.ToByteArray(bigEndian: true)),
                Location = stored.Location,
                Size = stored.Size,
                Summary = ByteString.CopyFrom(key.SealCompressed(scanner.Complete().ToByteArray(), context)),
            },
        };
        request.Deliveries.AddRange(deliveries);
        return request;
    }

    public static CopyOf To(MailboxOnStore mailbox, string prologue = "") => new()
    {
        MailboxId = mailbox.Ref.MailboxId,
        Role = FolderRole.Inbox,
        Prologue = ByteString.CopyFromUtf8(prologue),
    };

    /// <summary>A message of about this size that does not compress.</summary>
    public static byte[] Large(int octets) =>
        Encoding.ASCII.GetBytes("Subject: large\r\n\r\n" + Convert.ToBase64String(
            RandomNumberGenerator.GetBytes(octets * 3 / 4), Base64FormattingOptions.InsertLineBreaks) + "\r\n");
}
