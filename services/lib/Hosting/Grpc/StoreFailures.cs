using System.Data.Common;
using Grpc.Core;
using Mailstead.Contracts;

namespace Mailstead.Hosting.Grpc;

/// <summary>
/// Failures of what a service stores its data in, as callers can understand them: no room is left, or it is not there now. Both pass,
/// and are nothing that the service did wrong.
/// </summary>
internal static class StoreFailures
{
    private const int NoSpace = 28;
    private const int TryAgain = 11;
    private const int QuotaExceeded = 122;

    /// <summary>
    /// Classes of SQLSTATE: connection exceptions, operator intervention such as a shutdown or a start under way, and a primary that has
    /// become a standby.
    /// </summary>
    private static readonly string[] AwayStates = ["08", "57P", "25006"];

    /// <summary>Null: it is none of these.</summary>
    public static Status? Of(Exception failure)
    {
        for (var cause = failure; cause is not null; cause = cause.InnerException)
        {
            if (IsFull(cause))
                return StorageFull.Status;
            if (IsAway(cause))
                return new Status(StatusCode.Unavailable, "What the service stores its data in is not available now");
        }

        return null;
    }

    private static bool IsFull(Exception cause) =>
        cause is IOException { HResult: NoSpace or QuotaExceeded } or DbException { SqlState: "53100" };

    private static bool IsAway(Exception cause) => cause switch
    {
        IOException { HResult: TryAgain } => true,
        DbException { SqlState: { } state } => AwayStates.Any(away => state.StartsWith(away, StringComparison.Ordinal)),
        // Without a SQLSTATE the server did not answer at all.
        DbException { IsTransient: true } => true,
        _ => false,
    };
}
