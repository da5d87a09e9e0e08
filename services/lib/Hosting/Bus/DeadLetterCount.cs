using System.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Mailstead.Hosting.Bus;

/// <summary>Counts the dead letters of this process's roles now and then, for <c>mailstead.bus.dead_letters</c>.</summary>
internal sealed partial class DeadLetterCount : BackgroundService
{
    private readonly Meter meter = new("Mailstead.Bus");
    private readonly DeadLetters letters;
    private readonly BusOptions options;
    private readonly TimeProvider clock;
    private readonly ILogger<DeadLetterCount> logger;
    private IReadOnlyDictionary<string, uint> counts = new Dictionary<string, uint>();

    public DeadLetterCount(DeadLetters letters, BusOptions options, TimeProvider clock, ILogger<DeadLetterCount> logger)
    {
        (this.letters, this.options, this.clock, this.logger) = (letters, options, clock, logger);
        meter.CreateObservableGauge("mailstead.bus.dead_letters", Measure, "{event}", "Events that wait for an operator");
    }

    public override void Dispose()
    {
        meter.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                counts = await letters.CountAsync(stoppingToken);
            }
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                // The last count stands; the bus tells of its state itself.
                LogFailed(failure.GetType().Name);
            }

            await Task.Delay(options.DeadLetterInterval, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private IEnumerable<Measurement<long>> Measure() =>
        counts.Select(count => new Measurement<long>(count.Value, new KeyValuePair<string, object?>("role", count.Key)));

    [LoggerMessage(LogLevel.Information, "Dead letters can't be counted: {Failure}")]
    private partial void LogFailed(string failure);
}
