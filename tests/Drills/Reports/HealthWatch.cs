using System.Collections.Concurrent;

namespace Mailstead.Drills.Reports;

/// <summary>Asks every replica how it is while a drill runs, as a kubelet does.</summary>
internal sealed class HealthWatch(IReadOnlyList<(string Role, Uri Ready)> places)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource ending = new();
    private Task running = Task.CompletedTask;

    /// <summary>What was answered other than that all is well, by role, and how often.</summary>
    public ConcurrentDictionary<string, int> Answers { get; } = [];

    public void Start() => running = Task.Run(RunAsync);

    public async Task StopAsync()
    {
        await ending.CancelAsync();
        await running;
        ending.Dispose();
    }

    private async Task RunAsync()
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(2) };
        using var timer = new PeriodicTimer(Interval);
        try
        {
            do
                await Task.WhenAll(places.Select(place => AskAsync(http, place.Role, place.Ready)));
            while (await timer.WaitForNextTickAsync(ending.Token));
        }
        catch (OperationCanceledException)
        {
            // The drill is over.
        }
    }

    private async Task AskAsync(HttpClient http, string role, Uri ready)
    {
        string answer;
        try
        {
            using var response = await http.GetAsync(ready, ending.Token);
            answer = $"{(int)response.StatusCode} {(await response.Content.ReadAsStringAsync(ending.Token)).ReplaceLineEndings(", ")}";
            if (answer == "200 Healthy")
                return;
        }
        catch (Exception failure) when (!ending.IsCancellationRequested && failure is HttpRequestException or TaskCanceledException)
        {
            answer = "no answer";
        }

        Answers.AddOrUpdate($"{role} says of its health: {answer}", 1, (_, count) => count + 1);
    }
}
