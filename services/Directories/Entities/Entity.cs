using System.Data.Common;
using Google.Protobuf.WellKnownTypes;
using Mailstead.Contracts.Admin.V1;
using Mailstead.Persistence.Databases;

namespace Mailstead.Directories.Entities;

/// <summary>A user, group or resource as it is stored.</summary>
internal sealed record Entity
{
    public const string Columns = "entity_id, kind, state, sealed, enabled_at, disabled_at";
    public const string ResourcePrefix = "r-";
    public const int Enabled = 1;
    public const int Disabled = 2;

    public required Guid EntityId { get; init; }

    public required EntityKind Kind { get; init; }

    public required int State { get; init; }

    public required byte[] Sealed { get; init; }

    public required long? EnabledAt { get; init; }

    public required long? DisabledAt { get; init; }

    public bool IsEnabled => State == Enabled;

    /// <summary>As the public API names it.</summary>
    public string PublicId => ToPublicId(Kind, EntityId);

    public MemberType.Types.Value PublicMemberType => Kind == EntityKind.Group ? MemberType.Types.Value.Group : MemberType.Types.Value.User;

    public EntityState.Types.Value PublicState => IsEnabled ? EntityState.Types.Value.Enabled : EntityState.Types.Value.Disabled;

    public Timestamp? EnabledDate => ToTimestamp(EnabledAt);

    public Timestamp? DisabledDate => IsEnabled ? null : ToTimestamp(DisabledAt);

    public static string ToPublicId(EntityKind kind, Guid id) => kind == EntityKind.Resource ? $"{ResourcePrefix}{id:N}" : id.ToString();

    public static Entity Read(DbDataReader reader) => new()
    {
        EntityId = reader.GetId(0),
        Kind = (EntityKind)reader.GetInt32(1),
        State = reader.GetInt32(2),
        Sealed = reader.GetOctets(3),
        EnabledAt = reader.GetOptionalInt64(4),
        DisabledAt = reader.GetOptionalInt64(5),
    };

    private static Timestamp? ToTimestamp(long? milliseconds) =>
        milliseconds is { } time ? Timestamp.FromDateTimeOffset(DateTimeOffset.FromUnixTimeMilliseconds(time)) : null;
}

/// <summary>As stored in <c>entities.kind</c>.</summary>
internal enum EntityKind
{
    User = 1,
    Group = 2,
    Resource = 3,
}
