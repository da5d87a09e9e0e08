namespace Mailstead.Protocols.Smtp;

/// <summary>
/// How long one client has kept us waiting for what it has to do next: a whole command line, content at a bearable speed, taking
/// our replies. Octets that trickle in don't start the time anew. Time that we need ourselves doesn't count.
/// </summary>
internal sealed class Patience(TimeProvider clock)
{
    private const long NotWaiting = long.MinValue;

    private long since = NotWaiting;
    private long waited;

    /// <summary>Zero while we don't wait. May be asked by any thread.</summary>
    public TimeSpan Waited => Volatile.Read(ref since) is var start and not NotWaiting ? clock.GetElapsedTime(start) : TimeSpan.Zero;

    public void Begin() => Volatile.Write(ref since, clock.GetTimestamp() - waited);

    public void End()
    {
        waited = clock.GetTimestamp() - since;
        Volatile.Write(ref since, NotWaiting);
    }

    /// <summary>The client has done what we waited for.</summary>
    public void Renew() => waited = 0;

    /// <summary>Each octet of content pays for the time that it may take at the lowest speed we bear.</summary>
    public void Earn(long octets) =>
        waited = Math.Max(0, waited - (octets * clock.TimestampFrequency / SmtpLimits.ContentOctetsPerSecondMin));
}
