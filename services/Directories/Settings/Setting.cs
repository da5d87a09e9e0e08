using System.Buffers.Binary;
using Google.Protobuf;
using Mailstead.Directories.Organizations;
using Mailstead.Persistence.Databases;
using Mailstead.Persistence.Encryption;

namespace Mailstead.Directories.Settings;

/// <summary>
/// One kind of what administrators set for an organization as a whole, kept as one sealed message, so that it is read, and changes, as
/// a whole. What was never set has an initial value.
/// </summary>
internal sealed class Setting<T>(SettingKind kind, MessageParser<T> parser, Func<Organization, T> initial)
    where T : IMessage<T>
{
    private static readonly Statement Find = new("SELECT sealed FROM settings WHERE organization_id = @organization_id AND kind = @kind");

    private static readonly Statement Put = new(
        """
        INSERT INTO settings (organization_id, kind, sealed)
        VALUES (@organization_id, @kind, @sealed)
        ON CONFLICT (organization_id, kind) DO UPDATE SET sealed = excluded.sealed
        """);

    private static readonly Statement Delete = new("DELETE FROM settings WHERE organization_id = @organization_id AND kind = @kind");

    public ValueTask<T> ReadAsync(OrganizationUnit unit) => ReadAsync(unit.Transaction, unit.Organization, unit.Key);

    public async ValueTask<T> ReadAsync(Transaction transaction, Organization organization, DataKey key) =>
        await transaction.FindAsync(Find, reader => reader.GetOctets(0), organization.OrganizationId, (int)kind) is { } sealedValue
            ? parser.ParseFrom(key.Open(sealedValue, Context(organization.OrganizationId)))
            : initial(organization);

    /// <summary>What is read here stays as it is until the unit is over.</summary>
    public async ValueTask<T> ReadForChangeAsync(OrganizationUnit unit)
    {
        await unit.LockAsync();
        return await ReadAsync(unit);
    }

    public ValueTask<int> WriteAsync(OrganizationUnit unit, T value) =>
        unit.Transaction.ExecuteAsync(Put, unit.Id, (int)kind, unit.Key.Seal(value.ToByteArray(), Context(unit.Id)));

    /// <summary>Back to the initial value.</summary>
    public ValueTask<int> ResetAsync(OrganizationUnit unit) => unit.Transaction.ExecuteAsync(Delete, unit.Id, (int)kind);

    private byte[] Context(Guid organizationId)
    {
        var number = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(number, (int)kind);
        return [.. DirectoryKeys.Context("setting", organizationId), .. number];
    }
}

/// <summary>As stored in <c>settings.kind</c>.</summary>
internal enum SettingKind
{
    AccessControlRules = 1,
    MobileDeviceAccessRules = 2,
    ImpersonationRoles = 3,
    RetentionPolicy = 4,
    InboundDmarc = 5,
    EmailMonitoring = 6,
    IdentityProvider = 7,
    MailFlowRules = 8,
    SmtpGateways = 9,
    Journaling = 10,
    MobileDevicePolicy = 11,
    FunctionSecret = 12,
}
