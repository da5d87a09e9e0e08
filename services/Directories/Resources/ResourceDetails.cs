using System.Text.Json.Serialization;
using Mailstead.Contracts.Admin.V1;

namespace Mailstead.Directories.Resources;

/// <summary>What a record has of a resource alone.</summary>
internal sealed record ResourceDetails
{
    /// <summary>ROOM or EQUIPMENT.</summary>
    public required string Type { get; init; }

    public string? Description { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public bool AcceptsRequests { get; init; } = true;

    public bool DeclinesRecurring { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public bool DeclinesConflicts { get; init; } = true;

    public ResourceType.Types.Value PublicType => Type == "ROOM" ? ResourceType.Types.Value.Room : ResourceType.Types.Value.Equipment;

    public BookingOptions BookingOptions => new()
    {
        AutoAcceptRequests = AcceptsRequests,
        AutoDeclineRecurringRequests = DeclinesRecurring,
        AutoDeclineConflictingRequests = DeclinesConflicts,
    };

    /// <exception cref="Grpc.Core.RpcException">InvalidParameterException.</exception>
    public static string ToType(ResourceType.Types.Value type) => type switch
    {
        ResourceType.Types.Value.Room => "ROOM",
        ResourceType.Types.Value.Equipment => "EQUIPMENT",
        _ => throw AdminError.InvalidParameter("Type: a resource is ROOM or EQUIPMENT"),
    };
}
