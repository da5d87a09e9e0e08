using Grpc.Core;

namespace Mailstead.Hosting.Grpc;

/// <summary>What a handler sees of a call that came from its own process.</summary>
internal sealed class InProcessServerCallContext(string method, CallOptions options, CancellationToken cancelled)
    : ServerCallContext
{
    private Metadata? trailers;

    protected override string MethodCore => method;

    protected override string HostCore => "in-process";

    protected override string PeerCore => "in-process";

    protected override DateTime DeadlineCore => options.Deadline ?? DateTime.MaxValue;

    protected override Metadata RequestHeadersCore => options.Headers ?? Metadata.Empty;

    protected override CancellationToken CancellationTokenCore => cancelled;

    protected override Metadata ResponseTrailersCore => trailers ??= [];

    protected override Status StatusCore { get; set; } = Status.DefaultSuccess;

    protected override WriteOptions? WriteOptionsCore { get; set; }

    protected override AuthContext AuthContextCore { get; } = new(null, []);

    protected override ContextPropagationToken CreatePropagationTokenCore(ContextPropagationOptions? propagation) =>
        throw new NotSupportedException("Deadlines travel in CallOptions");

    protected override Task WriteResponseHeadersAsyncCore(Metadata responseHeaders) => Task.CompletedTask;
}
