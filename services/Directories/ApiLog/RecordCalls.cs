using Mailstead.Contracts.Directories.V1;
using Mailstead.Persistence.Databases;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Directories.ApiLog;

/// <summary>Keeps what was called.</summary>
internal sealed class RecordCalls([FromKeyedServices("directories")] Database database, DirectoryKeys keys)
{
    private const int EventsMax = 500;

    public async Task<RecordCallsResponse> RunAsync(RecordCallsRequest request, CancellationToken cancellationToken)
    {
        if (request.Events.Count > EventsMax)
            throw AdminError.Limit($"At most {EventsMax} calls are recorded at once");
        using var key = await keys.InstallationAsync(cancellationToken);
        await database.WriteAsync(
            TenantScope.None,
            async transaction =>
            {
                foreach (var call in request.Events)
                    await ApiEventTable.InsertAsync(transaction, key, Guid.Parse(call.EventId), call);
                return true;
            },
            cancellationToken);
        return new RecordCallsResponse();
    }
}
