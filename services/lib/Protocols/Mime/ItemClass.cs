using Mailstead.Contracts.Mailboxes.V1;

namespace Mailstead.Protocols.Mime;

/// <summary>What an item is (MS-OXOMSG, MS-OXOSMIME, MS-OXOCAL, MS-OXCMAIL §2.2.3.9), as its message tells without its text.</summary>
public static class ItemClass
{
    public const string Note = "IPM.Note";
    public const string NonDelivery = "REPORT.IPM.Note.NDR";
    public const string Delayed = "REPORT.IPM.Note.Delayed";
    public const string Delivered = "REPORT.IPM.Note.DR";
    public const string Read = "REPORT.IPM.Note.IPNRN";
    public const string NotRead = "REPORT.IPM.Note.IPNNRN";
    public const string Smime = "IPM.Note.SMIME";
    public const string SmimeSigned = "IPM.Note.SMIME.MultipartSigned";
    public const string MeetingRequest = "IPM.Schedule.Meeting.Request";
    public const string MeetingCanceled = "IPM.Schedule.Meeting.Canceled";

    /// <summary>Classes of the protocols, which tell nothing about a customer. Longer names stand before what they begin with.</summary>
    private static readonly string[] Known =
    [
        .. new[]
        {
            "IPM", Note, Smime, SmimeSigned, NonDelivery, Delayed, Delivered, Read, NotRead, MeetingRequest, MeetingCanceled,
            "IPM.Schedule.Meeting.Resp.Pos", "IPM.Schedule.Meeting.Resp.Neg", "IPM.Schedule.Meeting.Resp.Tent", "IPM.Schedule.Meeting.Notification.Forward",
            "IPM.Appointment", "IPM.Contact", "IPM.DistList", "IPM.Task", "IPM.TaskRequest", "IPM.TaskRequest.Accept", "IPM.TaskRequest.Decline",
            "IPM.TaskRequest.Update", "IPM.StickyNote", "IPM.Activity", "IPM.Post", "IPM.Sharing", "REPORT",
        }.OrderByDescending(name => name.Length),
    ];

    public static string Of(MessageSummary summary)
    {
        var root = summary.Root;
        return (root.Type, root.Subtype) switch
        {
            ("multipart", "report") => OfReport(root),
            ("multipart", "signed") when Parameter(root, "protocol").EndsWith("pkcs7-signature", StringComparison.OrdinalIgnoreCase) => SmimeSigned,
            ("application", "pkcs7-mime" or "x-pkcs7-mime") => Smime,
            ("text", "calendar") => OfMeeting(root),
            ("multipart", "mixed" or "alternative" or "related") => OfMeetingIn(root),
            _ => Note,
        };
    }

    /// <summary>
    /// The class under which an item is stored in the clear: a known one. Whatever a customer's own form adds is kept among the
    /// sealed properties.
    /// </summary>
    public static string StoredAs(string itemClass) =>
        itemClass.Length == 0
            ? Note
            : Array.Find(Known, known => itemClass.StartsWith(known, StringComparison.OrdinalIgnoreCase)
                && (itemClass.Length == known.Length || itemClass[known.Length] == '.')) ?? "IPM";

    private static string OfReport(MimePart root)
    {
        foreach (var part in root.Children)
        {
            switch (part.Subtype, part.ReportOutcome)
            {
                case ("delivery-status", "failed"):
                    return NonDelivery;
                case ("delivery-status", "delayed"):
                    return Delayed;
                case ("delivery-status", "delivered" or "relayed" or "expanded"):
                    return Delivered;
                case ("disposition-notification", "deleted"):
                    return NotRead;
                case ("disposition-notification", "displayed" or "dispatched" or "processed"):
                    return Read;
            }
        }

        // A report of another kind (RFC 5965, RFC 6522), or one without its essence, is a message like others.
        return Note;
    }

    private static string OfMeetingIn(MimePart multipart)
    {
        foreach (var part in multipart.Children)
        {
            var found = (part.Type, part.Subtype) switch
            {
                ("text", "calendar") => OfMeeting(part),
                ("multipart", "alternative" or "related") => OfMeetingIn(part),
                _ => Note,
            };
            if (found != Note)
                return found;
        }

        return Note;
    }

    /// <summary>RFC 5546 §3.2. Whether a REPLY accepts or declines stands in its text: it stays a note until that is read.</summary>
    private static string OfMeeting(MimePart part) => Parameter(part, "method").ToUpperInvariant() switch
    {
        "REQUEST" => MeetingRequest,
        "CANCEL" => MeetingCanceled,
        _ => Note,
    };

    private static string Parameter(MimePart part, string name) =>
        part.Parameters.FirstOrDefault(parameter => parameter.Name == name)?.Value ?? "";
}
