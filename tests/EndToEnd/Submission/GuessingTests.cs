using System.Text;
using Mailstead.EndToEnd.Harness;

namespace Mailstead.EndToEnd.Submission;

/// <summary>A flood of AUTH: guesses side by side are no faster than one after the other, and others sign in meanwhile.</summary>
public sealed class GuessingTests(DemoServer demo) : IClassFixture<DemoServer>
{
    private const int Guessers = 40;

    [Fact]
    public async Task Guesses_side_by_side_meet_the_same_limit()
    {
        var memory = new PeakMemory(demo.Server);
        var sessions = await Task.WhenAll(Enumerable.Range(0, Guessers).Select(_ => OpenAsync()));
        try
        {
            var guesses = sessions.Select((session, number) => session.SayAsync(Plain(DemoServer.Bob, $"Wrong-password-{number}"))).ToList();
            using var other = await OpenAsync();
            Assert.StartsWith("235", await other.SayAsync(Plain(DemoServer.Alice, demo.PasswordOf(DemoServer.Alice))), StringComparison.Ordinal);
            var answers = await Task.WhenAll(guesses);

            Assert.All(answers, answer => Assert.Matches("^(535 5.7.8|454 4.7.0 Too many failed attempts)", answer));
            // Five are free; a few more when the machine is so slow that waits end meanwhile.
            Assert.InRange(answers.Count(answer => answer.StartsWith("535", StringComparison.Ordinal)), 1, 12);
            Assert.InRange(memory.GrowthInMegabytes, long.MinValue, 300);
        }
        finally
        {
            foreach (var session in sessions)
                session.Dispose();
        }
    }

    private async Task<SmtpSession> OpenAsync()
    {
        var session = await SmtpSession.OpenAsync(demo.Server.Submission);
        await session.SayAsync("EHLO client.example.org");
        await session.StartTlsAsync();
        await session.SayAsync("EHLO client.example.org");
        return session;
    }

    private static string Plain(string login, string password) => "AUTH PLAIN " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"\0{login}\0{password}"));
}
