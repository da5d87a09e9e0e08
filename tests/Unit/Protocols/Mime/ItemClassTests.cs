using System.Text;
using Mailstead.Protocols.Mime;

namespace Mailstead.Unit.Protocols.Mime;

/// <summary>What an item is, told by structure alone.</summary>
public sealed class ItemClassTests
{
    private const string Report = "Content-Type: multipart/report; report-type=x; boundary=b\r\n\r\n--b\r\n\r\ntext\r\n--b\r\nContent-Type: message/";

    [Theory]
    [InlineData("Subject: x\r\n\r\n", "IPM.Note")]
    [InlineData(Report + "delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\nFinal-Recipient: rfc822; a@b\r\nAction: Failed\r\nStatus: 5.1.1\r\n--b--\r\n", "REPORT.IPM.Note.NDR")]
    [InlineData(Report + "delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\naction:delayed (4.4.1)\r\n--b--\r\n",
        "REPORT.IPM.Note.Delayed")]
    [InlineData(Report + "delivery-status\r\n\r\nA: b\r\n\r\nAction: relayed\r\n--b--\r\n", "REPORT.IPM.Note.DR")]
    [InlineData(Report + "delivery-status\r\n\r\nno outcome\r\n--b--\r\n", "IPM.Note")]
    [InlineData(Report + "disposition-notification\r\n\r\nDisposition: manual-action/MDN-sent-manually; displayed\r\n--b--\r\n",
        "REPORT.IPM.Note.IPNRN")]
    [InlineData(Report + "disposition-notification\r\n\r\nDisposition: automatic-action/MDN-sent-automatically; deleted\r\n--b--\r\n", "REPORT.IPM.Note.IPNNRN")]
    [InlineData("Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\"; boundary=b\r\n\r\n--b\r\n\r\n--b--\r\n", "IPM.Note.SMIME.MultipartSigned")]
    [InlineData("Content-Type: multipart/signed; protocol=\"application/pgp-signature\"; boundary=b\r\n\r\n--b\r\n\r\n--b--\r\n",
        "IPM.Note")]
    [InlineData("Content-Type: application/x-pkcs7-mime; smime-type=enveloped-data\r\n\r\n", "IPM.Note.SMIME")]
    [InlineData("Content-Type: text/calendar; method=REQUEST\r\n\r\n", "IPM.Schedule.Meeting.Request")]
    [InlineData("Content-Type: text/calendar; method=PUBLISH\r\n\r\n", "IPM.Note")]
    [InlineData("Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b\r\n"
        + "Content-Type: text/calendar; method=cancel\r\n\r\nx\r\n--b--\r\n--a--\r\n", "IPM.Schedule.Meeting.Canceled")]
    public void The_structure_tells_the_class_however_it_is_cut(string content, string expected)
    {
        var octets = Encoding.ASCII.GetBytes(content);
        foreach (var piece in new[] { octets.Length, 1, 3, 7 })
        {
            var scanner = new MimeScanner();
            foreach (var part in octets.Chunk(piece))
                scanner.Append(part);
            Assert.Equal(expected, ItemClass.Of(scanner.Complete()));
        }
    }

    [Theory]
    [InlineData("", "IPM.Note")]
    [InlineData("ipm.note", "IPM.Note")]
    [InlineData("IPM.Note.Contoso.SecretProject", "IPM.Note")]
    [InlineData("IPM.Note.SMIMEx", "IPM.Note")]
    [InlineData("IPM.Appointment.Special", "IPM.Appointment")]
    [InlineData("IPM.Own", "IPM")]
    [InlineData("Own", "IPM")]
    [InlineData("REPORT.IPM.Note.NDR", "REPORT.IPM.Note.NDR")]
    public void What_a_customer_named_is_not_stored_in_the_clear(string itemClass, string expected) =>
        Assert.Equal(expected, ItemClass.StoredAs(itemClass));
}
