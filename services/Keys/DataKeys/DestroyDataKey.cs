using Mailstead.Contracts.Keys.V1;
using Mailstead.Persistence.Databases;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Mailstead.Keys.DataKeys;

/// <summary>Forgets a data key: what it protects can't be read again by anyone.</summary>
internal sealed partial class DestroyDataKey([FromKeyedServices("keys")] Database database, ILogger<DestroyDataKey> logger)
{
    public async Task RunAsync(DataKeyReference reference, CancellationToken cancellationToken)
    {
        var destroyed = await database.ExecuteAsync(
            TenantScope.Of(reference.OrganizationId),
            """
            DELETE FROM data_keys
             WHERE organization_id = @OrganizationId
               AND purpose = @purpose
               AND subject_id = @SubjectId
            """,
            new { reference.OrganizationId, purpose = (int)reference.Purpose, reference.SubjectId }, cancellationToken);
        if (destroyed > 0)
            LogDestroyed(reference.Purpose, reference.OrganizationId, reference.SubjectId);
    }

    [LoggerMessage(LogLevel.Information, "The {Purpose} key of organization {OrganizationId}, subject {SubjectId}, is destroyed")]
    private partial void LogDestroyed(KeyPurpose purpose, Guid organizationId, Guid subjectId);
}
