using System.Collections.Concurrent;

namespace Mailstead.Protocols.Smtp;

/// <summary>
/// The live sessions of a server. One timer for all of them: whoever waits for a client longer than allowed (RFC 5321 §4.5.3.2) is
/// told so, and cut off when even that does not go through.
/// </summary>
public sealed class SmtpSessions(TimeProvider clock, TimeSpan timeout) : IDisposable
{
    private static readonly TimeSpan SweepInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan CutOffAfter = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<SmtpSession, Action> sessions = new();
    private ITimer? sweeper;

    public int Count => sessions.Count;

    public void Start() => sweeper = clock.CreateTimer(_ => Sweep(), null, SweepInterval, SweepInterval);

    public void Add(SmtpSession session, Action abort) => sessions[session] = abort;

    public void Remove(SmtpSession session) => sessions.TryRemove(session, out _);

    public void InterruptAll(Func<SmtpSession, bool> isMeant, SmtpReply farewell)
    {
        foreach (var session in sessions.Keys.Where(isMeant))
            session.Interrupt(farewell);
    }

    public void Dispose() => sweeper?.Dispose();

    private void Sweep()
    {
        foreach (var (session, abort) in sessions)
        {
            var since = session.WaitingSince;
            if (since == 0)
                continue;
            var waited = clock.GetElapsedTime(since);
            if (waited > timeout + CutOffAfter)
                abort();
            else if (waited > timeout)
                session.Interrupt(SmtpReplies.TimedOut);
        }
    }
}
