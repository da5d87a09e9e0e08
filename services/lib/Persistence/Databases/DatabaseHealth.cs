using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Mailstead.Persistence.Databases;

/// <summary>Whether a service can reach its tables.</summary>
internal sealed class DatabaseHealth(Database database) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            await database.FindAsync<long>(TenantScope.None, "SELECT 1", null, cancellationToken).ConfigureAwait(false);
            return HealthCheckResult.Healthy();
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            return new HealthCheckResult(context.Registration.FailureStatus, "waits for Database:PostgreSql", failure);
        }
    }
}
