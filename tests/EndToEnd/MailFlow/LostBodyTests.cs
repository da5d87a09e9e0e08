using Mailstead.EndToEnd.Durability;

namespace Mailstead.EndToEnd.MailFlow;

/// <summary>A disk that lost a file: what can't be sent any more must not be tried for ever.</summary>
public sealed class LostBodyTests(ImpatientWorld world) : IClassFixture<ImpatientWorld>
{
    [Fact]
    public async Task A_message_whose_body_is_lost_is_given_up_in_the_end()
    {
        await world.SubmitAsync("Body", [$"<x@dead.{OutsideWorld.Zone}> NOTIFY=FAILURE"]);
        await world.Server.KillAsync();
        foreach (var segment in Directory.GetFiles(Path.Combine(world.Server.Data, "bodies"), "*", SearchOption.AllDirectories))
            File.Delete(segment);
        await world.Server.LaunchAsync();

        var report = await StatusReport.WaitAsync(world.Server, "", "failed");
        await DeliveryTables.WaitUntilEmptyAsync(world.Server);

        Assert.Equal("4.4.7", report.Groups[1]["Status"]);
    }
}
