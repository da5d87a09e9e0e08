using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Mailstead.Delivery;

/// <summary>Settings under <c>Delivery</c>.</summary>
internal sealed class DeliveryOptions
{
    /// <summary>Messages routed at once.</summary>
    [Range(1, 1000)]
    public int Routers { get; set; } = 16;

    /// <summary>Messages that wait in memory for a router; more wait in the spool.</summary>
    [Range(1, 100_000)]
    public int RoutingQueue { get; set; } = 1000;

    /// <summary>How often the spool is looked through for messages that nobody works on.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "01:00:00")]
    public TimeSpan SweepInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long a claimed message is left to a claimer that gives no more sign of life: it renews its leases three times as often.
    /// Until then a message waits that a process had which was killed.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:05", "01:00:00")]
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>
    /// The first retry of a message that a part of this installation could not take on: each later one waits twice as long, up to
    /// <see cref="InnerRetryMax"/>. Such parts are back in seconds, and nobody outside is asked.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "01:00:00")]
    public TimeSpan InnerRetryFirst { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest wait between two such attempts.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "04:00:00")]
    public TimeSpan InnerRetryMax { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>RFC 5321 §4.5.4.1: the first retry of a destination outside; each later one waits twice as long, up to <see cref="RetryMax"/>.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan RetryFirst { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>The longest wait between two attempts.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan RetryMax { get; set; } = TimeSpan.FromHours(4);

    /// <summary>RFC 5321 §4.5.4.1: give up after 4 to 5 days.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "30.00:00:00")]
    public TimeSpan ExpireAfter { get; set; } = TimeSpan.FromDays(5);

    /// <summary>The sender is told that a message is late.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "30.00:00:00")]
    public TimeSpan WarnAfter { get; set; } = TimeSpan.FromHours(4);

    /// <summary>Destinations delivered to at once.</summary>
    [Range(1, 10_000)]
    public int OutboundWorkers { get; set; } = 32;

    /// <summary>
    /// Loopback and link-local networks, in CIDR form, that mail may be sent to. To others of them it never is, whatever a user
    /// or a domain's MX says: they are this machine and its neighbours.
    /// </summary>
    public IList<string> InnerNetworks { get; } = [];

    /// <summary>Whether SPF, DKIM and DMARC are evaluated for mail from outside.</summary>
    public bool AuthenticateMail { get; set; } = true;

    /// <summary>How long all checks of a message may take, from its envelope on; what is not known by then is a temporary error.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:05:00")]
    public TimeSpan AuthenticationBudget { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a name server is waited for, twice.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:00:30")]
    public TimeSpan DnsTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>A PEM file of authorities whose certificates SMTP gateways may show. Empty: those that the system trusts.</summary>
    public string GatewayAuthorities { get; set; } = "";

    /// <summary>Where Lambda functions are invoked, such as <c>http://127.0.0.1:3001</c>. Empty: AWS's own endpoint of the function's region.</summary>
    public string LambdaEndpoint { get; set; } = "";

    /// <summary>The access key to invoke them with. Empty: as the AWS SDK finds one (environment, web identity, instance).</summary>
    public string LambdaAccessKeyId { get; set; } = "";

    /// <summary>The secret that belongs to it.</summary>
    public string LambdaSecretAccessKey { get; set; } = "";

    /// <summary>A PEM file of authorities whose certificates functions at HTTPS addresses may show. Empty: those that the system trusts.</summary>
    public string FunctionAuthorities { get; set; } = "";

    /// <summary>Functions that this process waits for at once; a fifth of them for one organization.</summary>
    [Range(5, 100_000)]
    public int FunctionCalls { get; set; } = 5000;

    /// <summary>How long a message that a function was asked about or told of can be read by way of the message-flow API.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "30.00:00:00")]
    public TimeSpan MessageFlowLife { get; set; } = TimeSpan.FromDays(1);

    /// <summary>The S3 service that functions put replacements of messages into. Empty, with no access key: there is none.</summary>
    public string MessageFlowS3Endpoint { get; set; } = "";

    /// <summary>The region of its buckets.</summary>
    public string MessageFlowS3Region { get; set; } = "us-east-1";

    /// <summary>The access key to read them with: of what it may read, every caller of the message-flow API can make a message.</summary>
    public string MessageFlowS3AccessKeyId { get; set; } = "";

    /// <summary>The secret that belongs to it.</summary>
    public string MessageFlowS3SecretAccessKey { get; set; } = "";

    /// <summary>Port of the servers mail is sent to.</summary>
    [Range(1, 65535)]
    public int OutboundPort { get; set; } = 25;
}

[OptionsValidator]
internal sealed partial class DeliveryOptionsValidator : IValidateOptions<DeliveryOptions>;
