using System.Diagnostics;
using Grpc.Core;

namespace Mailstead.Hosting.Grpc;

/// <summary>One call: its deadline, its cancellation and how it ended.</summary>
internal sealed class InProcessCall : IDisposable
{
    private static readonly Task<Metadata> NoHeaders = Task.FromResult(Metadata.Empty);

    private readonly CancellationTokenSource cancellation;
    private readonly CancellationTokenRegistration callerCancels;
    private readonly DateTime? deadline;
    private readonly TimeProvider clock;
    private readonly long started;
    private Status status;
    private Metadata trailers = Metadata.Empty;
    private volatile bool ended;

    public InProcessCall(IMethod method, CallOptions options, TimeProvider clock)
    {
        this.clock = clock;
        started = method.Type == MethodType.Unary ? Stopwatch.GetTimestamp() : 0;
        deadline = options.Deadline;
        cancellation = deadline is { } end
            ? new CancellationTokenSource(Positive(end - clock.GetUtcNow().UtcDateTime), clock)
            : new CancellationTokenSource();
        if (options.CancellationToken.CanBeCanceled)
            callerCancels = options.CancellationToken.UnsafeRegister(static call => ((InProcessCall)call!).Cancel(), this);
        Context = new InProcessServerCallContext(method.FullName, options, cancellation.Token);
    }

    public InProcessServerCallContext Context { get; }

    public CancellationToken Cancelled => cancellation.Token;

    public bool IsPastDeadline => deadline is { } end && clock.GetUtcNow().UtcDateTime >= end;

    public Task<Metadata> ResponseHeaders => NoHeaders;

    public Status GetStatus() => ended ? status : throw new InvalidOperationException("The call has not ended yet");

    public Metadata GetTrailers() => ended ? trailers : throw new InvalidOperationException("The call has not ended yet");

    public void Complete(Status outcome, Metadata? callTrailers = null)
    {
        status = outcome;
        trailers = callTrailers ?? Context.ResponseTrailers;
    }

    /// <summary>The handler has returned: nothing is cancelled any more.</summary>
    public void End()
    {
        ended = true;
        if (started != 0)
            CallDurations.Record(started, Context.Method, status.StatusCode);
        callerCancels.Dispose();
    }

    /// <summary>The caller lets go: what still runs is cancelled, as when a stream is reset.</summary>
    public void Dispose()
    {
        if (!ended)
            Cancel();
        callerCancels.Dispose();
    }

    private void Cancel()
    {
        if (!ended)
            cancellation.Cancel();
    }

    private static TimeSpan Positive(TimeSpan span) => span > TimeSpan.Zero ? span : TimeSpan.Zero;
}
