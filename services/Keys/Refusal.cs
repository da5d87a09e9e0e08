using Grpc.Core;

namespace Mailstead.Keys;

/// <summary>Why a key can't be had, in words for the people who can change it.</summary>
internal sealed record Refusal(StatusCode Code, string Reason)
{
    public RpcException ToException() => new(new Status(Code, Reason));
}
