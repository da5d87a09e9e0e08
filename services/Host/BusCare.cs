using Mailstead.Host.CommandLine;
using Mailstead.Hosting.Bus;
using Microsoft.Extensions.Configuration;
using RabbitMQ.Client.Exceptions;

namespace Mailstead.Host;

/// <summary>The operator's commands for the broker; they need its address alone, no data directory and no running server.</summary>
internal static class BusCare
{
    /// <summary>Exit code: 0, or 3 when the broker can't be reached.</summary>
    public static async Task<int> RunAsync(BusCommand command, IConfiguration settings)
    {
        var options = settings.GetSection("Bus").Get<BusOptions>() ?? new BusOptions();
        var letters = DeadLetters.At(options, [.. Modules.All.Select(module => module.Role)]);
        try
        {
            var isReplay = command == BusCommand.ReplayDeadLetters;
            var counts = isReplay ? await letters.ReplayAsync(CancellationToken.None) : await letters.CountAsync(CancellationToken.None);
            foreach (var (role, count) in counts.Where(count => count.Value > 0))
                await Console.Out.WriteLineAsync($"{role}: {count} {(isReplay ? "replayed" : "dead")}");
            if (counts.Values.All(count => count == 0))
                await Console.Out.WriteLineAsync("no dead letters");
            return 0;
        }
        catch (BrokerUnreachableException failure)
        {
            await Console.Error.WriteLineAsync("mailstead: the broker of Bus:RabbitMq can't be reached: " + failure.GetBaseException().Message);
            return 3;
        }
        catch (RabbitMQClientException failure)
        {
            await Console.Error.WriteLineAsync("mailstead: the broker of Bus:RabbitMq doesn't do it: " + failure.Message);
            return 3;
        }
    }
}
