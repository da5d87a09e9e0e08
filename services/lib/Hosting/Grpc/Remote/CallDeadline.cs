using Grpc.Core;

namespace Mailstead.Hosting.Grpc.Remote;

/// <summary>
/// The deadline of the call that is being served, so that calls made on its behalf don't outlive it. It follows the
/// asynchronous flow, in one process and across many.
/// </summary>
internal static class CallDeadline
{
    private static readonly AsyncLocal<DateTime?> Served = new();

    /// <summary>Holds for what the current asynchronous method starts from here on.</summary>
    public static void Serve(DateTime deadline)
    {
        if (deadline != DateTime.MaxValue)
            Served.Value = deadline;
    }

    /// <summary>The earlier of the call's own deadline and the one that is served.</summary>
    public static CallOptions Apply(CallOptions options) =>
        Served.Value is { } served && !(options.Deadline < served) ? options.WithDeadline(served) : options;
}
