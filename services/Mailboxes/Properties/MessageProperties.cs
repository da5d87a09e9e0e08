using static Mailstead.Mailboxes.Properties.PropertyType;

namespace Mailstead.Mailboxes.Properties;

/// <summary>Properties of messages, and those that every item has.</summary>
internal static class MessageProperties
{
    private const PropertyType Text = PropertyType.String;
    private const PropertyType Truth = PropertyType.Boolean;

    public static readonly KnownProperty MessageClass = Tag(
        "PidTagMessageClass", 0x001A, Text, "item:ItemClass", "Email:MessageClass");
    public static readonly KnownProperty Importance = Tag(
        "PidTagImportance", 0x0017, Integer32, "item:Importance", "Email:Importance", "Importance");
    public static readonly KnownProperty Priority = Tag("PidTagPriority", 0x0026, Integer32, null, null, "X-Priority");
    public static readonly KnownProperty Sensitivity = Tag(
        "PidTagSensitivity", 0x0036, Integer32, "item:Sensitivity", "Calendar:Sensitivity", "Sensitivity");
    public static readonly KnownProperty Subject = Tag("PidTagSubject", 0x0037, Text, "item:Subject", "Email:Subject", "Subject");
    public static readonly KnownProperty SubjectPrefix = Tag("PidTagSubjectPrefix", 0x003D, Text);
    public static readonly KnownProperty NormalizedSubject = Tag("PidTagNormalizedSubject", 0x0E1D, Text);
    public static readonly KnownProperty ConversationTopic = Tag(
        "PidTagConversationTopic", 0x0070, Text, "message:ConversationTopic", "Email:ThreadTopic", "Thread-Topic");
    public static readonly KnownProperty ConversationIndex = Tag(
        "PidTagConversationIndex", 0x0071, Binary, "message:ConversationIndex", "Email2:ConversationIndex", "Thread-Index");
    public static readonly KnownProperty ClientSubmitTime = Tag(
        "PidTagClientSubmitTime", 0x0039, Time, "item:DateTimeSent", null, "Date");
    public static readonly KnownProperty DeliveryTime = Computed(
        "PidTagMessageDeliveryTime", 0x0E06, Time, "item:DateTimeReceived", "Email:DateReceived");
    public static readonly KnownProperty CreationTime = Computed("PidTagCreationTime", 0x3007, Time, "item:DateTimeCreated");
    public static readonly KnownProperty Size = Computed("PidTagMessageSize", 0x0E08, Integer32, "item:Size");
    public static readonly KnownProperty HasAttachments = Computed("PidTagHasAttachments", 0x0E1B, Truth, "item:HasAttachments");
    public static readonly KnownProperty MessageFlags = Computed("PidTagMessageFlags", 0x0E07, Integer32);
    public static readonly KnownProperty Read = Computed("PidTagRead", 0x0E69, Truth, "message:IsRead", "Email:Read");
    public static readonly KnownProperty FlagStatus = Computed(
        "PidTagFlagStatus", 0x1090, Integer32, "item:Flag", "Email:Status");
    public static readonly KnownProperty TransportHeaders = Computed(
        "PidTagTransportMessageHeaders", 0x007D, Text, "item:InternetMessageHeaders");
    public static readonly KnownProperty InternetMessageId = Tag(
        "PidTagInternetMessageId", 0x1035, Text, "message:InternetMessageId", null, "Message-ID");
    public static readonly KnownProperty InReplyTo = Tag(
        "PidTagInReplyToId", 0x1042, Text, "item:InReplyTo", null, "In-Reply-To");
    public static readonly KnownProperty References = Tag(
        "PidTagInternetReferences", 0x1039, Text, "message:References", null, "References");
    public static readonly KnownProperty DisplayTo = Tag("PidTagDisplayTo", 0x0E04, Text, "item:DisplayTo", "Email:DisplayTo");
    public static readonly KnownProperty DisplayCc = Tag("PidTagDisplayCc", 0x0E03, Text, "item:DisplayCc");
    public static readonly KnownProperty DisplayBcc = Tag("PidTagDisplayBcc", 0x0E02, Text);
    public static readonly KnownProperty SenderName = Tag(
        "PidTagSenderName", 0x0C1A, Text, "message:Sender", "Email2:Sender", "Sender");
    public static readonly KnownProperty SenderAddressType = Tag("PidTagSenderAddressType", 0x0C1E, Text, "message:Sender");
    public static readonly KnownProperty SenderEmailAddress = Tag(
        "PidTagSenderEmailAddress", 0x0C1F, Text, "message:Sender", "Email2:Sender", "Sender");
    public static readonly KnownProperty SenderSmtpAddress = Tag("PidTagSenderSmtpAddress", 0x5D01, Text, "message:Sender");
    public static readonly KnownProperty FromName = Tag(
        "PidTagSentRepresentingName", 0x0042, Text, "message:From", "Email:From", "From");
    public static readonly KnownProperty FromAddressType = Tag("PidTagSentRepresentingAddressType", 0x0064, Text, "message:From");
    public static readonly KnownProperty FromEmailAddress = Tag(
        "PidTagSentRepresentingEmailAddress", 0x0065, Text, "message:From", "Email:From", "From");
    public static readonly KnownProperty FromSmtpAddress = Tag("PidTagSentRepresentingSmtpAddress", 0x5D02, Text, "message:From");
    public static readonly KnownProperty ReplyTo = Tag(
        "PidTagReplyRecipientNames", 0x0050, Text, "message:ReplyTo", "Email:ReplyTo", "Reply-To");
    public static readonly KnownProperty ReadReceiptRequested = Tag(
        "PidTagReadReceiptRequested", 0x0029, Truth, "message:IsReadReceiptRequested", null, "Disposition-Notification-To");
    public static readonly KnownProperty ExpiryTime = Tag("PidTagExpiryTime", 0x0015, Time, null, null, "Expires");
    public static readonly KnownProperty ReplyTime = Tag("PidTagReplyTime", 0x0030, Time, null, null, "Reply-By");
    public static readonly KnownProperty Keywords = new(
        "PidNameKeywords", PropertyKey.OfName(PropertySets.PublicStrings, "Keywords"), MultipleString, "item:Categories", "Email:Categories", "Keywords");
    public static readonly KnownProperty ListHelp = Tag("PidTagListHelp", 0x1043, Text, null, null, "List-Help");
    public static readonly KnownProperty ListSubscribe = Tag("PidTagListSubscribe", 0x1044, Text, null, null, "List-Subscribe");
    public static readonly KnownProperty ListUnsubscribe = Tag(
        "PidTagListUnsubscribe", 0x1045, Text, null, null, "List-Unsubscribe");

    public static readonly IReadOnlyList<KnownProperty> All =
    [
        MessageClass, Importance, Priority, Sensitivity, Subject, SubjectPrefix, NormalizedSubject, ConversationTopic, ConversationIndex,
        ClientSubmitTime, DeliveryTime, CreationTime, Size, HasAttachments, MessageFlags, Read, FlagStatus, TransportHeaders, InternetMessageId,
        InReplyTo, References, DisplayTo, DisplayCc, DisplayBcc, SenderName, SenderAddressType, SenderEmailAddress, SenderSmtpAddress, FromName,
        FromAddressType, FromEmailAddress, FromSmtpAddress, ReplyTo, ReadReceiptRequested, ExpiryTime, ReplyTime, Keywords, ListHelp,
        ListSubscribe, ListUnsubscribe,
        Tag("PidTagBody", 0x1000, Text, "item:TextBody", "AirSyncBase:Body"),
        Tag("PidTagHtml", 0x1013, Binary, "item:Body", "AirSyncBase:Body"),
        Tag("PidTagRtfCompressed", 0x1009, Binary),
        Tag("PidTagOriginatorDeliveryReportRequested", 0x0023, Truth, "message:IsDeliveryReceiptRequested"),
        Tag("PidTagResponseRequested", 0x0063, Truth, "calendar:IsResponseRequested", "Calendar:ResponseRequested"),
        Tag("PidTagReceivedByName", 0x0040, Text, "message:ReceivedBy"),
        Tag("PidTagReceivedByEmailAddress", 0x0076, Text, "message:ReceivedBy"),
        Tag("PidTagReceivedRepresentingName", 0x0044, Text, "message:ReceivedRepresenting"),
        Tag("PidTagReceivedRepresentingEmailAddress", 0x0078, Text, "message:ReceivedRepresenting"),
        Tag("PidTagFlagCompleteTime", 0x1091, Time, null, "Email:CompleteTime"),
        Tag("PidTagFollowupIcon", 0x1095, Integer32),
        Tag("PidTagIconIndex", 0x1080, Integer32, "item:IconIndex"),
        Tag("PidTagLastVerbExecuted", 0x1081, Integer32, null, "Email2:LastVerbExecuted"),
        Tag("PidTagLastVerbExecutionTime", 0x1082, Time, null, "Email2:LastVerbExecutionTime"),
        Tag("PidTagInternetCodepage", 0x3FDE, Integer32, null, "Email:InternetCPID"),
        Tag("PidTagAutoResponseSuppress", 0x3FDF, Integer32, null, null, "X-Auto-Response-Suppress"),
        Tag("PidTagDeferredSendTime", 0x3FEF, Time),
        Tag("PidTagContentFilterSpamConfidenceLevel", 0x4076, Integer32),
        Tag("PidTagOriginalSubject", 0x0049, Text),
        Tag("PidTagReportText", 0x1001, Text),
        Tag(
            "PidTagLastModificationTime", 0x3008, Time, "item:LastModifiedTime", "DocumentLibrary:LastModifiedDate", "LAST-MODIFIED"),
        Lid("PidLidReminderDelta", 0x8501, Integer32, "item:ReminderMinutesBeforeStart", "Calendar:Reminder", "TRIGGER"),
        Lid("PidLidReminderTime", 0x8502, Time, "item:ReminderDueBy", "Tasks:ReminderTime"),
        Lid("PidLidReminderSet", 0x8503, Truth, "item:ReminderIsSet", "Tasks:ReminderSet"),
        Lid("PidLidReminderSignalTime", 0x8560, Time, "item:ReminderNextTime"),
        Lid("PidLidPrivate", 0x8506, Truth, null, null, "CLASS"),
        Lid("PidLidSideEffects", 0x8510, Integer32),
        Lid("PidLidCommonStart", 0x8516, Time),
        Lid("PidLidCommonEnd", 0x8517, Time),
        Lid("PidLidTaskMode", 0x8518, Integer32),
        Lid("PidLidFlagRequest", 0x8530, Text, null, "Email:FlagType"),
        Lid("PidLidMileage", 0x8534, Text, "task:Mileage"),
        Lid("PidLidBilling", 0x8535, Text, "task:BillingInformation"),
        Lid("PidLidCompanies", 0x8539, MultipleString, "task:Companies"),
        Lid("PidLidToDoTitle", 0x85A4, Text),
        Lid("PidLidToDoOrdinalDate", 0x85A0, Time),
        Lid("PidLidValidFlagStringProof", 0x85BF, Time),
    ];

    private static KnownProperty Tag(string name, ushort id, PropertyType type, string? ews = null, string? eas = null, string? field = null) =>
        new(name, PropertyKey.OfTag(id), type, ews, eas, field);

    private static KnownProperty Computed(string name, ushort id, PropertyType type, string? ews = null, string? eas = null) =>
        new(name, PropertyKey.OfTag(id), type, ews, eas, null, IsComputed: true);

    private static KnownProperty Lid(string name, uint lid, PropertyType type, string? ews = null, string? eas = null, string? field = null) =>
        new(name, PropertyKey.OfLid(PropertySets.Common, lid), type, ews, eas, field);
}
