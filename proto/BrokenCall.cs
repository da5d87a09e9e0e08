using Grpc.Core;

namespace Mailstead.Contracts;

/// <summary>
/// A call that never came to an answer, or whose answer was lost on the way. gRPC gives it the code that the transport's error stands
/// for, ResourceExhausted too, which from a service would mean that the caller asked for too much.
/// </summary>
public static class BrokenCall
{
    public static bool Is(RpcException failure) => failure.Status.DebugException is HttpRequestException or HttpIOException;
}
