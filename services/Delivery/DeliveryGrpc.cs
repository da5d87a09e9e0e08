using Grpc.Core;
using Mailstead.Contracts.Delivery.V1;
using Mailstead.Delivery.MessageFlow;
using Mailstead.Delivery.Spool;

namespace Mailstead.Delivery;

/// <summary>The contract's face.</summary>
internal sealed class DeliveryGrpc(Accept accept, FindReferencedBodies findReferencedBodies, RawMessages messages) : DeliveryApi.DeliveryApiBase
{
    public override Task<AcceptResponse> Accept(IAsyncStreamReader<AcceptRequest> requestStream, ServerCallContext context) =>
        accept.RunAsync(requestStream, context.CancellationToken);

    public override Task<FindTransitMessageResponse> FindTransitMessage(FindTransitMessageRequest request, ServerCallContext context) =>
        messages.FindAsync(request.MessageId, context.CancellationToken);

    public override Task<FindReferencedBodiesResponse> FindReferencedBodies(
        FindReferencedBodiesRequest request, ServerCallContext context) =>
        findReferencedBodies.RunAsync(request, context.CancellationToken);
}
