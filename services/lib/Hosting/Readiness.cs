using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Mailstead.Hosting;

/// <summary>
/// The answer of <c>/health/ready</c>: the state, and a line for each part that isn't well. Degraded means that all works,
/// slower or by itself: such a process still gets traffic (200); unhealthy means that it should not (503).
/// </summary>
internal static class Readiness
{
    public static Task WriteAsync(HttpContext context, HealthReport report)
    {
        context.Response.ContentType = "text/plain";
        var lines = report.Entries.Where(entry => entry.Value.Status != HealthStatus.Healthy)
            .Select(entry => entry.Value.Description is { Length: > 0 } why
                ? $"{entry.Key}: {entry.Value.Status}, {why}" : $"{entry.Key}: {entry.Value.Status}");
        return context.Response.WriteAsync(string.Join('\n', lines.Prepend(report.Status.ToString())), context.RequestAborted);
    }
}
