namespace Mailstead.Conversations.Imap;

/// <summary>It is always the same moment, so that dates and UID validities can stand in scripts; timers run as ever.</summary>
internal sealed class StandingClock : TimeProvider
{
    public static readonly DateTimeOffset Now = new(2026, 2, 3, 4, 5, 6, TimeSpan.Zero);

    public override DateTimeOffset GetUtcNow() => Now;
}
