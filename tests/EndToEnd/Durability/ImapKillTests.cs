using System.Diagnostics;
using Mailstead.EndToEnd.Harness;

namespace Mailstead.EndToEnd.Durability;

/// <summary>The same for what IMAP clients do: kills amid APPEND, MOVE and EXPUNGE.</summary>
public sealed class ImapKillTests
{
    private const int Kills = 8;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Answered_changes_stay_and_no_uid_is_given_twice()
    {
        await using var server = await MailsteadServer.StartAsync();
        var workers = new[] { DemoServer.Alice, DemoServer.Bob, DemoServer.Carol }
            .Select(address => new ImapWorker(server, address, server.Passwords[address])).ToList();
        for (var i = 0; i < Kills; i++)
        {
            var sessions = workers.Select(worker => worker.SignInAsync()).ToList();
            await Task.WhenAll(sessions);
            var work = Task.WhenAll(workers.Select(worker => worker.WorkUntilDeadAsync()));
            await FirstAnswerAsync(workers);
            await Task.Delay(Random.Shared.Next(900));
            await server.KillAsync();
            await work;
            await server.LaunchAsync();
            foreach (var worker in workers)
                await worker.CheckAsync();
        }

        TestContext.Current.SendDiagnosticMessage(string.Join("; ", workers.Select(worker => worker.Summary)));
        Assert.True(workers.Sum(worker => worker.Answered) > 50, "Too little was answered to prove anything");
    }

    /// <summary>A program that has just started takes its time: it is killed while it works.</summary>
    private static async Task FirstAnswerAsync(IReadOnlyList<ImapWorker> workers)
    {
        var before = workers.Sum(worker => worker.Answered);
        for (var waited = Stopwatch.StartNew(); workers.Sum(worker => worker.Answered) == before && waited.Elapsed < Patience;)
            await Task.Delay(5);
    }
}
