using static Mailstead.Mailboxes.Properties.PropertyType;

namespace Mailstead.Mailboxes.Properties;

/// <summary>Properties of tasks (MS-OXOTASK) and sticky notes (MS-OXONOTE).</summary>
internal static class TaskProperties
{
    private const PropertyType Text = PropertyType.String;
    private const PropertyType Truth = PropertyType.Boolean;

    public static readonly IReadOnlyList<KnownProperty> All =
    [
        Lid("PidLidTaskStatus", 0x8101, Integer32, "task:Status", null, "STATUS"),
        Lid("PidLidPercentComplete", 0x8102, Floating64, "task:PercentComplete", null, "PERCENT-COMPLETE"),
        Lid("PidLidTeamTask", 0x8103, Truth, "task:IsTeamTask"),
        Lid("PidLidTaskStartDate", 0x8104, Time, "task:StartDate", "Tasks:StartDate", "DTSTART"),
        Lid("PidLidTaskDueDate", 0x8105, Time, "task:DueDate", "Tasks:DueDate", "DUE"),
        Lid("PidLidTaskDateCompleted", 0x810F, Time, "task:CompleteDate", "Tasks:DateCompleted", "COMPLETED"),
        Lid("PidLidTaskActualEffort", 0x8110, Integer32, "task:ActualWork"),
        Lid("PidLidTaskEstimatedEffort", 0x8111, Integer32, "task:TotalWork"),
        Lid("PidLidTaskVersion", 0x8112, Integer32, "task:ChangeCount"),
        Lid("PidLidTaskState", 0x8113, Integer32),
        Lid("PidLidTaskLastUpdate", 0x8115, Time),
        Lid("PidLidTaskRecurrence", 0x8116, Binary, "task:Recurrence", "Tasks:Recurrence", "RRULE"),
        Lid("PidLidTaskHistory", 0x811A, Integer32),
        Lid("PidLidTaskComplete", 0x811C, Truth, "task:IsComplete", "Tasks:Complete"),
        Lid("PidLidTaskOwner", 0x811F, Text, "task:Owner"),
        Lid("PidLidTaskAssigner", 0x8121, Text, "task:Delegator"),
        Lid("PidLidTaskOrdinal", 0x8123, Integer32),
        Lid("PidLidTaskFRecurring", 0x8126, Truth, "task:IsRecurring"),
        Lid("PidLidTaskOwnership", 0x8129, Integer32),
        Lid("PidLidTaskAcceptanceState", 0x812A, Integer32, "task:DelegationState"),
        Note("PidLidNoteColor", 0x8B00, Integer32),
        Note("PidLidNoteWidth", 0x8B02, Integer32),
        Note("PidLidNoteHeight", 0x8B03, Integer32),
        Note("PidLidNoteX", 0x8B04, Integer32),
        Note("PidLidNoteY", 0x8B05, Integer32),
    ];

    private static KnownProperty Lid(string name, uint lid, PropertyType type, string? ews = null, string? eas = null, string? field = null) =>
        new(name, PropertyKey.OfLid(PropertySets.Task, lid), type, ews, eas, field);

    private static KnownProperty Note(string name, uint lid, PropertyType type) => new(name, PropertyKey.OfLid(PropertySets.Note, lid), type);
}
