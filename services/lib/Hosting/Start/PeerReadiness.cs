using Grpc.Core;
using Mailstead.Hosting.Grpc.Remote;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Mailstead.Hosting.Start;

/// <summary>
/// The roles elsewhere that this process calls. An edge can do nothing without them: it opens no port before it has reached
/// each, and isn't ready while one is gone. Core roles call each other in circles, so that none waits: they say what they miss.
/// </summary>
internal sealed class PeerReadiness(RemoteServices remote, IReadOnlyList<string> roles, bool isEdge, PatientStart start) : IHealthCheck
{
    public const string Check = "peers";

    public async Task ReachAsync(CancellationToken cancellationToken)
    {
        if (isEdge)
            await Task.WhenAll(roles.Select(role => ReachAsync(role, cancellationToken))).ConfigureAwait(false);
    }

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        // Idle: nobody has called it lately, or yet.
        var gone = roles.Where(role => remote.StateOf(role) is not (ConnectivityState.Ready or ConnectivityState.Idle)).ToList();
        if (gone.Count == 0)
            return Task.FromResult(HealthCheckResult.Healthy());
        return Task.FromResult(new HealthCheckResult(
            isEdge ? HealthStatus.Unhealthy : HealthStatus.Degraded, "waits for " + string.Join(", ", gone)));
    }

    private Task ReachAsync(string role, CancellationToken cancellationToken) => start.RunAsync(
        remote.PlaceOf(role),
        async attempt =>
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(attempt);
            patience.CancelAfter(Budgets.StartReach);
            try
            {
                await remote.ConnectAsync(role, patience.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!attempt.IsCancellationRequested)
            {
                throw new TimeoutException("no replica answers");
            }
        },
        cancellationToken);
}
