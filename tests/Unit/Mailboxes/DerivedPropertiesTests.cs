using System.Text;
using Mailstead.Mailboxes.Properties;
using Mailstead.Protocols.Mime;
using static Mailstead.Mailboxes.Properties.MessageProperties;

namespace Mailstead.Unit.Mailboxes;

/// <summary>What a message tells without being asked twice.</summary>
public sealed class DerivedPropertiesTests
{
    [Fact]
    public void A_messages_header_becomes_the_properties_that_every_protocol_asks_for()
    {
        var bag = Derive(
            "From: =?utf-8?Q?J=C3=BCrgen?= <jurgen@example.org>\r\nSender: office@example.org\r\nTo: A <a@x.org>, b@x.org\r\nCc: G: c@x.org;\r\n"
            + "Subject: RE: Größe\r\nDate: Mon, 2 Jan 2023 23:30:00 -0800\r\nMessage-ID: <1@x>\r\nIn-Reply-To: <0@x>\r\nReferences: <a@x>\r\n <0@x>\r\n"
            + "Importance: High\r\nSensitivity: Company-Confidential\r\nKeywords: red, blue\r\nThread-Index: AQID\r\nThread-Topic: other\r\n"
            + "Disposition-Notification-To: x@x.org\r\n\r\nbody\r\n", flags: 1 | 4);

        Assert.Equal(("Jürgen", "jurgen@example.org", "SMTP"),
            (Text(bag, FromName), Text(bag, FromSmtpAddress), Text(bag, FromAddressType)));
        Assert.Equal(("office@example.org", "office@example.org"), (Text(bag, SenderName), Text(bag, SenderEmailAddress)));
        Assert.Equal(("A; b@x.org", "c@x.org"), (Text(bag, DisplayTo), Text(bag, DisplayCc)));
        Assert.Equal(("RE: Größe", "RE: ", "Größe", "other"),
            (Text(bag, Subject), Text(bag, SubjectPrefix), Text(bag, NormalizedSubject), Text(bag, ConversationTopic)));
        Assert.Equal(PropertyValue.Of(new DateTimeOffset(2023, 1, 3, 7, 30, 0, TimeSpan.Zero)), bag.Find(ClientSubmitTime.Key));
        Assert.Equal(("<1@x>", "<0@x>", "<a@x> <0@x>"),
            (Text(bag, InternetMessageId), Text(bag, InReplyTo), Text(bag, References)));
        Assert.Equal((2, 1, 3), (Number(bag, Importance), Number(bag, Priority), Number(bag, Sensitivity)));
        Assert.Equal(PropertyValue.Of(["red", "blue"]), bag.Find(Keywords.Key));
        Assert.Equal(PropertyValue.Of([1, 2, 3]), bag.Find(ConversationIndex.Key));
        Assert.Equal(PropertyValue.Of(true), bag.Find(ReadReceiptRequested.Key));
        Assert.Equal((1, 2), (Number(bag, MessageFlags), Number(bag, FlagStatus)));
        Assert.StartsWith("From: ", Text(bag, TransportHeaders));
    }

    [Fact]
    public void A_message_without_a_header_has_what_its_row_tells()
    {
        var bag = Derive("\r\n", flags: 16);

        Assert.Equal(("IPM.Note", ""), (Text(bag, MessageClass), Text(bag, NormalizedSubject)));
        Assert.Equal((1, 0, 8, 2), (Number(bag, Importance), Number(bag, Sensitivity), Number(bag, MessageFlags),
            Number(bag, Size)));
        Assert.Null(bag.Find(Subject.Key));
        Assert.Null(bag.Find(FromName.Key));
        Assert.Equal(PropertyValue.Of(DateTimeOffset.FromUnixTimeMilliseconds(1000)), bag.Find(DeliveryTime.Key));
    }

    [Theory]
    [InlineData("text/plain", false)]
    [InlineData("multipart/mixed; boundary=b|text/plain|application/pdf", true)]
    [InlineData("multipart/mixed; boundary=b|text/plain|message/rfc822", true)]
    [InlineData("multipart/alternative; boundary=b|text/plain|text/html", false)]
    [InlineData("multipart/related; boundary=b|text/html|image/png\r\nContent-ID: <1>", false)]
    [InlineData("multipart/mixed; boundary=b|text/plain|text/csv\r\nContent-Disposition: attachment; filename=a.csv", true)]
    [InlineData("multipart/signed; boundary=b|text/plain|application/pkcs7-signature", false)]
    public void Attachments_are_what_people_see_as_attached(string structure, bool isExpected)
    {
        var parts = structure.Split('|');
        var content = $"Content-Type: {parts[0]}\r\n\r\n" + string.Concat(
            parts[1..].Select(part => $"--b\r\nContent-Type: {part}\r\n\r\nx\r\n"));

        Assert.Equal(PropertyValue.Of(isExpected), Derive(content, flags: 0).Find(HasAttachments.Key));
    }

    [Fact]
    public void No_header_is_too_strange()
    {
        var random = new Random(3);
        const string alphabet = "\0\t \"<>()@,;:=?utf-8QB.\\[]äé\u007f0129";
        string[] names = ["From", "To", "Subject", "Date", "Keywords", "Thread-Index", "X-Priority", "References", "Expires"];
        for (var i = 0; i < 3000; i++)
        {
            var header = new StringBuilder();
            foreach (var name in names)
            {
                var value = new string(
                    [.. Enumerable.Range(0, random.Next(80)).Select(_ => alphabet[random.Next(alphabet.Length)])]);
                header.Append(name).Append(": ").Append(value).Append("\r\n");
            }

            var bag = Derive(header + "\r\n", flags: 0);
            Assert.NotNull(PropertyBagFormat.Read(PropertyBagFormat.Write(bag)));
        }
    }

    private static PropertyBag Derive(string content, ulong flags)
    {
        var scanner = new MimeScanner();
        scanner.Append(Encoding.UTF8.GetBytes(content));
        var summary = scanner.Complete();
        return DerivedProperties.Of(
            new PropertyRow
            {
                Uid = 1,
                Class = "IPM.Note",
                Flags = flags,
                ModSeq = 1,
                Size = summary.Size,
                ReceivedAt = 1000,
                SavedAt = 2000,
                BodyId = Guid.Empty,
                Sealed = [],
                Properties = null,
                Summary = [],
            },
            summary);
    }

    private static string Text(PropertyBag bag, KnownProperty property) => bag.Find(property.Key)?.AsText()
        ?? throw new InvalidOperationException(property.Name);

    private static int Number(PropertyBag bag, KnownProperty property) => bag.Find(property.Key)?.AsInt32()
        ?? throw new InvalidOperationException(property.Name);
}
