using Grpc.Core;

namespace Mailstead.Keys.Providers;

/// <summary>A provider can't or won't use a key now; what was encrypted is not lost.</summary>
/// <param name="code">
/// <see cref="StatusCode.FailedPrecondition"/> when somebody has to change something there, <see cref="StatusCode.Unavailable"/> when it may be better soon.
/// </param>
internal sealed class KeyProviderException(StatusCode code, string reason, Exception? cause = null) : Exception(reason, cause)
{
    public Refusal Refusal { get; } = new(code, reason);
}
