using static Mailstead.Mailboxes.Properties.PropertyType;

namespace Mailstead.Mailboxes.Properties;

/// <summary>Properties of appointments and meetings (MS-OXOCAL).</summary>
internal static class CalendarProperties
{
    private const PropertyType Text = PropertyType.String;
    private const PropertyType Truth = PropertyType.Boolean;

    public static readonly IReadOnlyList<KnownProperty> All =
    [
        Lid("PidLidAppointmentStartWhole", 0x820D, Time, "calendar:Start", "Calendar:StartTime", "DTSTART"),
        Lid("PidLidAppointmentEndWhole", 0x820E, Time, "calendar:End", "Calendar:EndTime", "DTEND"),
        Lid("PidLidLocation", 0x8208, Text, "calendar:Location", "Calendar:Location", "LOCATION"),
        Lid(
            "PidLidBusyStatus", 0x8205, Integer32, "calendar:LegacyFreeBusyStatus", "Calendar:BusyStatus", "X-MICROSOFT-CDO-BUSYSTATUS"),
        Lid("PidLidIntendedBusyStatus", 0x8224, Integer32, null, "Email:IntendedBusyStatus", "X-MICROSOFT-CDO-INTENDEDSTATUS"),
        Lid(
            "PidLidAppointmentSubType", 0x8215, Truth, "calendar:IsAllDayEvent", "Calendar:AllDayEvent", "X-MICROSOFT-CDO-ALLDAYEVENT"),
        Lid("PidLidAppointmentDuration", 0x8213, Integer32, "calendar:Duration", null, "DURATION"),
        Lid("PidLidAppointmentStateFlags", 0x8217, Integer32, "calendar:AppointmentState", "Calendar:MeetingStatus"),
        Lid("PidLidResponseStatus", 0x8218, Integer32, "calendar:MyResponseType", "Calendar:ResponseType", "PARTSTAT"),
        Lid("PidLidRecurring", 0x8223, Truth, "calendar:IsRecurring"),
        Lid("PidLidAppointmentRecur", 0x8216, Binary, "calendar:Recurrence", "Calendar:Recurrence", "RRULE"),
        Lid("PidLidRecurrenceType", 0x8231, Integer32),
        Lid("PidLidRecurrencePattern", 0x8232, Text, "calendar:When"),
        Lid("PidLidAppointmentSequence", 0x8201, Integer32, "calendar:AppointmentSequenceNumber", null, "SEQUENCE"),
        Lid("PidLidAppointmentSequenceTime", 0x8202, Time),
        Lid("PidLidAppointmentReplyTime", 0x8220, Time, "calendar:AppointmentReplyTime", "Calendar:AppointmentReplyTime"),
        Lid("PidLidTimeZoneStruct", 0x8233, Binary, null, "Calendar:Timezone", "VTIMEZONE"),
        Lid("PidLidTimeZoneDescription", 0x8234, Text, "calendar:TimeZone", null, "TZID"),
        Lid("PidLidAppointmentTimeZoneDefinitionStartDisplay", 0x825E, Binary, "calendar:StartTimeZone"),
        Lid("PidLidAppointmentTimeZoneDefinitionEndDisplay", 0x825F, Binary, "calendar:EndTimeZone"),
        Lid("PidLidAppointmentTimeZoneDefinitionRecur", 0x8260, Binary),
        Lid("PidLidClipStart", 0x8235, Time),
        Lid("PidLidClipEnd", 0x8236, Time),
        Lid("PidLidAllAttendeesString", 0x8238, Text),
        Lid("PidLidToAttendeesString", 0x823B, Text),
        Lid("PidLidCcAttendeesString", 0x823C, Text),
        Lid("PidLidAppointmentColor", 0x8214, Integer32),
        Lid("PidLidMeetingWorkspaceUrl", 0x8209, Text, "calendar:MeetingWorkspaceUrl"),
        Lid("PidLidConferencingType", 0x8241, Integer32, "calendar:ConferenceType"),
        Lid("PidLidNetShowUrl", 0x8248, Text, "calendar:NetShowUrl"),
        Lid("PidLidFInvited", 0x8229, Truth, "calendar:MeetingRequestWasSent"),
        Lid(
            "PidLidAppointmentNotAllowPropose", 0x825A, Truth, "calendar:AllowNewTimeProposal", "Calendar:DisallowNewTimeProposal", "X-MICROSOFT-DISALLOW-COUNTER"),
        Lid("PidLidAppointmentCounterProposal", 0x8257, Truth),
        Lid("PidLidAppointmentProposedStartWhole", 0x8250, Time, "calendar:ProposedStart", "MeetingResponse:ProposedStartTime"),
        Lid("PidLidAppointmentProposedEndWhole", 0x8251, Time, "calendar:ProposedEnd", "MeetingResponse:ProposedEndTime"),
        Lid("PidLidExceptionReplaceTime", 0x8228, Time, "calendar:OriginalStart", "Calendar:ExceptionStartTime", "RECURRENCE-ID"),
        Meeting("PidLidGlobalObjectId", 0x0003, Binary, "calendar:UID", "Calendar:UID", "UID"),
        Meeting("PidLidCleanGlobalObjectId", 0x0023, Binary),
        Meeting("PidLidAttendeeCriticalChange", 0x0001, Time, "calendar:DateTimeStamp", "Calendar:DtStamp", "DTSTAMP"),
        Meeting("PidLidOwnerCriticalChange", 0x001A, Time),
        Meeting("PidLidWhere", 0x0002, Text),
        Meeting("PidLidIsSilent", 0x0004, Truth),
        Meeting("PidLidIsRecurring", 0x0005, Truth),
        Meeting("PidLidIsException", 0x000A, Truth),
        Meeting("PidLidMeetingType", 0x0026, Integer32, "meetingRequest:MeetingRequestType", "Email2:MeetingMessageType"),
        Tag("PidTagStartDate", 0x0060, Time, "meetingRequest:Start", "Email:StartTime"),
        Tag("PidTagEndDate", 0x0061, Time, "meetingRequest:End", "Email:EndTime"),
        Tag("PidTagOwnerAppointmentId", 0x0062, Integer32, null, null, "X-MICROSOFT-CDO-OWNERAPPTID"),
    ];

    private static KnownProperty Lid(string name, uint lid, PropertyType type, string? ews = null, string? eas = null, string? field = null) =>
        new(name, PropertyKey.OfLid(PropertySets.Appointment, lid), type, ews, eas, field);

    private static KnownProperty Meeting(string name, uint lid, PropertyType type, string? ews = null, string? eas = null, string? field = null) =>
        new(name, PropertyKey.OfLid(PropertySets.Meeting, lid), type, ews, eas, field);

    private static KnownProperty Tag(string name, ushort id, PropertyType type, string? ews = null, string? eas = null, string? field = null) =>
        new(name, PropertyKey.OfTag(id), type, ews, eas, field);
}
