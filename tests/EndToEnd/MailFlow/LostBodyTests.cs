using Mailstead.EndToEnd.Durability;
using Mailstead.EndToEnd.Encryption;
using Mailstead.EndToEnd.Harness;

namespace Mailstead.EndToEnd.MailFlow;

/// <summary>A disk that lost a file: what can't be sent any more must not be tried for ever.</summary>
public sealed class LostBodyTests(ImpatientWorld world) : IClassFixture<ImpatientWorld>
{
    [Fact]
    public async Task A_message_whose_body_is_lost_is_given_up_in_the_end()
    {
        await world.SubmitAsync("Body", [$"<x@dead.{OutsideWorld.Zone}> NOTIFY=FAILURE"]);
        await world.Server.KillAsync();
        await LoseBodiesAsync();
        await world.Server.LaunchAsync();

        var report = await StatusReport.WaitAsync(world.Server, "", "failed");
        await DeliveryTables.WaitUntilEmptyAsync(world.Server);

        Assert.Equal("4.4.7", report.Groups[1]["Status"]);
    }

    private async Task LoseBodiesAsync()
    {
        if (Shape.IsCluster)
        {
            await EngineContents.LoseObjectsAsync(world.Server);
            return;
        }

        foreach (var segment in Directory.GetFiles(Path.Combine(world.Server.Data, "bodies"), "*", SearchOption.AllDirectories))
            File.Delete(segment);
    }
}
