namespace Mailstead.Conversations.Imap;

/// <summary>Messages that scripts fetch from.</summary>
internal static class SampleMessages
{
    public const string Small = "From: a@x.test\nSubject: small\n\nhello\n";

    /// <summary>RFC 9051 §8 (and RFC 3501 §8) show the envelope of this one.</summary>
    public const string Terry =
        "Date: Wed, 17 Jul 1996 02:23:25 -0700 (PDT)\nFrom: Terry Gray <gray@cac.washington.edu>\n"
        + "Subject: IMAP4rev2 WG mtg summary and minutes\nTo: imap@cac.washington.edu\n"
        + "cc: minutes@CNRI.Reston.VA.US, John Klensin <KLENSIN@MIT.EDU>\nMessage-Id: <B27397-0100000@cac.washington.edu>\n"
        + "MIME-Version: 1.0\nContent-Type: TEXT/PLAIN; CHARSET=US-ASCII\n\nminutes\n";

    /// <summary>The structure that RFC 9051 §6.4.5.1 numbers, from 1 to 4.2.2, each text telling its number.</summary>
    public const string Numbered =
        "Subject: outer\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=m\n\n"
        + "--m\nContent-Type: text/plain\n\none\n"
        + "--m\nContent-Type: application/octet-stream\nContent-Transfer-Encoding: base64\n\ndHdv\n"
        + "--m\nContent-Type: message/rfc822\n\nSubject: three\nContent-Type: multipart/mixed; boundary=t\n\n"
        + "--t\nContent-Type: text/plain\n\n3.1\n--t\nContent-Type: application/octet-stream\n\n3.2\n--t--\n"
        + "--m\nContent-Type: multipart/mixed; boundary=f\n\n"
        + "--f\nContent-Type: image/gif\n\n4.1\n"
        + "--f\nContent-Type: message/rfc822\n\nSubject: four two\nContent-Type: multipart/mixed; boundary=g\n\n"
        + "--g\nContent-Type: text/plain\n\n4.2.1\n"
        + "--g\nContent-Type: multipart/alternative; boundary=h\n\n"
        + "--h\nContent-Type: text/plain\n\n4.2.2.1\n--h\nContent-Type: text/richtext\n\n4.2.2.2\n--h--\n"
        + "--g--\n--f--\n--m--\n";
}
