using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;

namespace Mailstead.Hosting.Telemetry;

/// <summary>Where an attempt to sign in came from. The organization is null when it is not known.</summary>
/// <param name="Protocol">As audit records name it: IMAP, SMTP …; Admin for signed requests.</param>
public sealed record SignInAttempt(string Protocol, string ConnectionId, string ClientAddress)
{
    public string? OrganizationId { get; init; }
}

/// <summary>
/// Counts every attempt to sign in, for each organization and protocol: 1 refused, 0 granted, so that the sum is refusals, the count
/// attempts and the average their rate. A refusal is logged too, without name and password.
/// </summary>
public sealed partial class SignIns(ILogger<SignIns> logger)
{
    internal const string Metric = "mailstead.authentication.failure";

    private const string Unknown = "unknown";
    private static readonly Meter Meter = new("Mailstead.Authentication");
    private static readonly Histogram<int> Failure = Meter.CreateHistogram(
        Metric, "{attempt}", "Attempts to sign in: 1 refused, 0 granted", advice: new InstrumentAdvice<int> { HistogramBucketBoundaries = [0] });

    public void Granted(SignInAttempt attempt) => Record(attempt, 0);

    /// <param name="reason">A class of reasons, such as <c>wrong password</c>: nothing that the client has sent.</param>
    public void Refused(SignInAttempt attempt, string reason)
    {
        Record(attempt, 1);
        LogRefused(attempt.ConnectionId, attempt.ClientAddress, attempt.Protocol, reason, attempt.OrganizationId ?? Unknown);
    }

    private static void Record(SignInAttempt attempt, int failed) =>
        Failure.Record(failed, new("organization", attempt.OrganizationId ?? Unknown), new("protocol", attempt.Protocol));

    [LoggerMessage(
        LogLevel.Information, "Connection {ConnectionId} from {ClientAddress}: {Protocol} sign-in refused, {Reason}; organization {OrganizationId}")]
    private partial void LogRefused(string connectionId, string clientAddress, string protocol, string reason, string organizationId);
}
