using Grpc.Core;
using Mailstead.Contracts.Admin.V1;

namespace Mailstead.Delivery.MessageFlow;

/// <summary>The MessageFlow contract.</summary>
internal sealed class MessageFlowGrpc(RawMessages messages) : Contracts.Admin.V1.MessageFlow.MessageFlowBase
{
    public override Task<GetRawMessageContentResponse> GetRawMessageContent(GetRawMessageContentRequest request, ServerCallContext context) =>
        messages.ReadAsync(request.MessageId, context.CancellationToken);

    public override async Task<PutRawMessageContentResponse> PutRawMessageContent(PutRawMessageContentRequest request, ServerCallContext context)
    {
        await messages.ReplaceAsync(request.MessageId, request.Content.S3Reference, context.CancellationToken);
        return new PutRawMessageContentResponse();
    }
}
