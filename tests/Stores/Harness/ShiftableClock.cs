namespace Mailstead.Stores.Harness;

/// <summary>The real clock, put forward by the test: timers keep running while hours pass.</summary>
internal sealed class ShiftableClock : TimeProvider
{
    private long shift;

    public void Advance(TimeSpan by) => Interlocked.Add(ref shift, by.Ticks);

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + new TimeSpan(Interlocked.Read(ref shift));
}
