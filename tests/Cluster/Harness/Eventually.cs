using System.Diagnostics;

namespace Mailstead.Cluster.Harness;

/// <summary>Waits for what must come to be, generously: the machine may be busy.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static async Task BecomesAsync(Func<Task<bool>> condition, string what)
    {
        var waiting = Stopwatch.StartNew();
        while (!await condition())
        {
            Assert.True(waiting.Elapsed < Patience, $"waited in vain: {what}");
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
    }

    public static Task BecomesAsync(Func<bool> condition, string what) => BecomesAsync(() => Task.FromResult(condition()), what);
}
