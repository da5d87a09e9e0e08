using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Mailstead.Hosting.Bus;

/// <summary>Section <c>Bus</c>: how events reach other processes.</summary>
public sealed class BusOptions
{
    /// <summary>
    /// <c>amqp://USER:PASSWORD@HOST:PORT/VHOST</c>, or <c>amqps://</c> with TLS. Empty: events stay in this process, which
    /// is right when it runs every role.
    /// </summary>
    public string RabbitMq { get; set; } = "";

    /// <summary>PEM file: the authorities that the broker's certificate must come from. Empty: the system's.</summary>
    public string Authorities { get; set; } = "";

    /// <summary>
    /// Nodes of the broker that keep a copy of each queue of work. A queue keeps what it was made with: decide it before the
    /// first start, or delete the queues, which loses nothing.
    /// </summary>
    [Range(1, 7)]
    public int QuorumReplicas { get; set; } = 3;

    /// <summary>
    /// How long events wait for a process that is cut off from the broker; the queue of one that has ended is gone after it.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:10", "1.00:00:00")]
    public TimeSpan AbsenceMax { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How often dead letters are counted for the metric <c>mailstead.bus.dead_letters</c>.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan DeadLetterInterval { get; set; } = TimeSpan.FromSeconds(30);
}

/// <inheritdoc/>
[OptionsValidator]
public sealed partial class BusOptionsValidator : IValidateOptions<BusOptions>;
