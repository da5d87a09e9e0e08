using System.Data.Common;
using System.Text.Json;
using Mailstead.Persistence.Databases;
using Mailstead.Persistence.Encryption;

namespace Mailstead.Directories.Organizations;

/// <summary>An organization as it is stored.</summary>
internal sealed record Organization
{
    public const string Columns = "organization_id, state, default_domain_id, sealed, completed_at";
    public const string Creating = "Creating";
    public const string Active = "Active";
    public const string Failed = "Failed";
    public const string Deleted = "Deleted";

    public required Guid OrganizationId { get; init; }

    public required string State { get; init; }

    public required Guid DefaultDomainId { get; init; }

    public required byte[] Sealed { get; init; }

    public required long? CompletedAt { get; init; }

    public string PublicId => ToPublicId(OrganizationId);

    /// <summary><c>m-</c> and 32 hexadecimal digits.</summary>
    public static string ToPublicId(Guid id) => "m-" + id.ToString("N");

    /// <summary>As it is written and no other way: what policies and logs say of an organization must be about the same one.</summary>
    public static bool TryParse(string publicId, out Guid id)
    {
        id = default;
        return publicId.StartsWith("m-", StringComparison.Ordinal) && Guid.TryParseExact(publicId.AsSpan(2), "N", out id) && ToPublicId(id) == publicId;
    }

    /// <summary>What a unit of work about the organization of this public id may see; nothing when it is no id.</summary>
    public static TenantScope ScopeOf(string publicId) =>
        TryParse(publicId, out var id) ? TenantScope.Of(id) : TenantScope.None;

    public static Organization Read(DbDataReader reader) => new()
    {
        OrganizationId = reader.GetId(0),
        State = reader.GetString(1),
        DefaultDomainId = reader.GetId(2),
        Sealed = reader.GetOctets(3),
        CompletedAt = reader.GetOptionalInt64(4),
    };

    public OrganizationRecord Open(DataKey installation) => OrganizationRecord.Open(installation, OrganizationId, Sealed);
}

/// <summary>What the customer chose; sealed under the installation's key, since it is read before the organization has one.</summary>
internal sealed record OrganizationRecord
{
    public required string Alias { get; init; }

    public IReadOnlyList<string> Domains { get; init; } = [];

    public string KmsKeyArn { get; init; } = "";

    public bool IsInteroperable { get; init; }

    /// <summary>The public id of the user who may move mail into all mailboxes; empty: nobody.</summary>
    public string MigrationAdmin { get; init; } = "";

    public string? ErrorMessage { get; init; }

    public byte[] Seal(DataKey installation, Guid organizationId) =>
        installation.Seal(JsonSerializer.SerializeToUtf8Bytes(this), DirectoryKeys.Context("organization", organizationId));

    public static OrganizationRecord Open(DataKey installation, Guid organizationId, byte[] sealedRecord) =>
        JsonSerializer.Deserialize<OrganizationRecord>(
            installation.Open(sealedRecord, DirectoryKeys.Context("organization", organizationId)))
        ?? throw new InvalidDataException("An organization's record is empty");
}
