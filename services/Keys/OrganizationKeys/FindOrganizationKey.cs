using Mailstead.Persistence.Databases;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Keys.OrganizationKeys;

/// <summary>Which key an organization uses. Read afresh each time: a disabled key or revoked grant takes effect at once.</summary>
internal sealed class FindOrganizationKey([FromKeyedServices("keys")] Database database)
{
    private static readonly Statement Find = new(
        """
        SELECT cmks.key_id, cmks.arn, cmks.state, grants.organization_arn, grants.revoked_at
          FROM grants
          JOIN cmks ON cmks.key_id = grants.key_id
         WHERE grants.organization_id = @organization_id
        """);

    public ValueTask<OrganizationKey?> RunAsync(Guid organizationId, CancellationToken cancellationToken) =>
        database.ReadAsync(
            TenantScope.Of(organizationId),
            transaction => transaction.FindAsync(
                Find,
                reader => new OrganizationKey
                {
                    KeyId = reader.GetId(0),
                    Arn = reader.GetString(1),
                    State = reader.GetString(2),
                    OrganizationArn = reader.GetString(3),
                    IsRevoked = !reader.IsDBNull(4),
                },
                organizationId),
            cancellationToken);
}
