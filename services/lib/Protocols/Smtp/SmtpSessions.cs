using System.Collections.Concurrent;

namespace Mailstead.Protocols.Smtp;

/// <summary>
/// The live sessions of a server. One timer for all of them: whoever waits for a client longer than allowed (RFC 5321 §4.5.3.2) is
/// told so, and cut off when even that does not go through.
/// </summary>
public sealed class SmtpSessions(TimeProvider clock, TimeSpan timeout) : IDisposable
{
    private readonly TimeSpan sweepInterval = Shorter(TimeSpan.FromSeconds(5), timeout / 4);
    private readonly TimeSpan cutOffAfter = timeout + Shorter(TimeSpan.FromSeconds(30), timeout);
    private readonly ConcurrentDictionary<SmtpSession, Action> sessions = new();
    private ITimer? sweeper;

    public int Count => sessions.Count;

    public IEnumerable<SmtpSession> All => sessions.Keys;

    public void Start() => sweeper = clock.CreateTimer(_ => Sweep(), null, sweepInterval, sweepInterval);

    public void Add(SmtpSession session, Action abort) => sessions[session] = abort;

    public void Remove(SmtpSession session) => sessions.TryRemove(session, out _);

    public void Dispose() => sweeper?.Dispose();

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private void Sweep()
    {
        foreach (var (session, abort) in sessions)
        {
            var waited = session.Waited;
            if (waited > cutOffAfter)
                abort();
            else if (waited > timeout)
                session.Interrupt(SmtpReplies.TimedOut);
        }
    }
}
