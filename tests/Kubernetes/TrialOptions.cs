namespace Mailstead.Kubernetes;

/// <param name="Rate">Messages per second under load.</param>
/// <param name="Values">Further values of the chart, NAME=VALUE.</param>
internal sealed record TrialOptions(double Rate, IReadOnlyList<string> Values);
