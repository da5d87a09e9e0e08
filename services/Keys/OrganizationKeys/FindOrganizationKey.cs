using Mailstead.Keys.CustomerKeys;
using Mailstead.Persistence.Databases;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Keys.OrganizationKeys;

/// <summary>Which key an organization uses. Read afresh each time: a disabled key or revoked grant takes effect at once.</summary>
internal sealed class FindOrganizationKey([FromKeyedServices("keys")] Database database, CustomerKeyTable keys)
{
    private static readonly Statement Find = new("SELECT key_id, organization_arn, revoked_at FROM grants WHERE organization_id = @organization_id");

    public ValueTask<OrganizationKey?> RunAsync(Guid organizationId, CancellationToken cancellationToken) =>
        database.ReadAsync(
            TenantScope.Of(organizationId),
            async transaction =>
            {
                var (keyId, arn, isRevoked) = await transaction.FindAsync(
                    Find, reader => (reader.GetId(0), reader.GetString(1), !reader.IsDBNull(2)), organizationId);
                return await keys.FindAsync(transaction, keyId) is { } key ? new OrganizationKey(key, arn, isRevoked) : null;
            },
            cancellationToken);
}
