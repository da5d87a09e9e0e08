using System.Text.Json;
using Mailstead.Directories.Resources;
using Mailstead.Persistence.Encryption;

namespace Mailstead.Directories.Entities;

/// <summary>What a customer told about a user, group or resource; stored sealed as a whole.</summary>
internal sealed record EntityRecord
{
    private static readonly JsonSerializerOptions Compact = new()
    {
        DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingDefault,
    };

    public required string Name { get; init; }

    public string DisplayName { get; init; } = "";

    /// <summary>USER, REMOTE_USER, SYSTEM_USER or RESOURCE.</summary>
    public string Role { get; init; } = "USER";

    public string? FirstName { get; init; }

    public string? LastName { get; init; }

    public string? Initials { get; init; }

    public string? Telephone { get; init; }

    public string? Street { get; init; }

    public string? JobTitle { get; init; }

    public string? City { get; init; }

    public string? Company { get; init; }

    public string? ZipCode { get; init; }

    public string? Department { get; init; }

    public string? Country { get; init; }

    public string? Office { get; init; }

    public bool IsHidden { get; init; }

    /// <summary>Of a resource alone.</summary>
    public ResourceDetails? Resource { get; init; }

    public byte[] Seal(DataKey key, Guid entityId) =>
        key.Seal(JsonSerializer.SerializeToUtf8Bytes(this, Compact), DirectoryKeys.Context("entity", entityId));

    public static EntityRecord Open(DataKey key, Guid entityId, byte[] sealedRecord) =>
        JsonSerializer.Deserialize<EntityRecord>(key.Open(sealedRecord, DirectoryKeys.Context("entity", entityId)))
        ?? throw new InvalidDataException("A directory record is empty");
}
