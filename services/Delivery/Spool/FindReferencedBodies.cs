using Grpc.Core;
using Mailstead.Contracts.Delivery.V1;
using Mailstead.Persistence.Databases;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Delivery.Spool;

/// <summary>Which bodies messages on their way still need.</summary>
internal sealed class FindReferencedBodies([FromKeyedServices("delivery")] Database database)
{
    private const int BodiesMax = 10_000;

    public async Task<FindReferencedBodiesResponse> RunAsync(FindReferencedBodiesRequest request, CancellationToken cancellationToken)
    {
        if (request.BodyIds.Count > BodiesMax || request.BodyIds.Any(id => id.Length != 16))
            throw new RpcException(new Status(StatusCode.InvalidArgument, $"At most {BodiesMax} ids of 16 octets each"));
        return await database.ReadAsync(
            TenantScope.None,
            async transaction =>
            {
                var response = new FindReferencedBodiesResponse();
                foreach (var id in request.BodyIds)
                {
                    if (await SpoolTable.IsReferencedAsync(transaction, new Guid(id.Span, bigEndian: true)))
                        response.BodyIds.Add(id);
                }

                return response;
            },
            cancellationToken);
    }
}
