using System.Data.Common;
using System.Net.Sockets;
using Grpc.Core;

namespace Mailstead.Hosting.Start;

/// <summary>Tells a server or role that isn't there yet from what waiting doesn't mend.</summary>
internal static class Absence
{
    /// <summary>Classes of SQLSTATE: connection exceptions, insufficient resources, operator intervention (such as a shutdown).</summary>
    private static readonly string[] PassingStates = ["08", "53", "57P"];

    public static bool IsWhy(Exception failure) => failure switch
    {
        DbException { IsTransient: true } or SocketException or HttpRequestException or TimeoutException => true,
        DbException { SqlState: { } state } => PassingStates.Any(passing => state.StartsWith(passing, StringComparison.Ordinal)),
        RpcException call => call.StatusCode is StatusCode.Unavailable or StatusCode.DeadlineExceeded or StatusCode.Cancelled
            or StatusCode.ResourceExhausted or StatusCode.Aborted or StatusCode.Internal or StatusCode.Unknown,
        // A connection's failure has a reason within it; a file's has not, and stops the start.
        IOException { InnerException: not null } => true,
        _ => false,
    };
}
