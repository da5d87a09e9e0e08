namespace Mailstead.Host.CommandLine;

/// <summary>The settings of the process itself; each service's own are in its Options class, under the service's name.</summary>
internal static class KnownSettings
{
    public static readonly Setting Data = new("data", "DIR", "Folder of databases, bodies, keys and certificates.", "./data");
    public static readonly Setting PortBase = new("port-base", "N", "Every listener is N + its well-known port; 0: the real ports.", "10000");
    public static readonly Setting Listen = new("listen", "ADDRESS", "IP address to listen on.", "127.0.0.1");
    public static readonly Setting Roles = new("roles", "LIST", "Roles of this process: all, or names separated by commas.", "all");
    public static readonly Setting Dns = new("dns", "HOST:PORT", "DNS resolver to ask.", "the system's");
    public static readonly Setting Hostname = new("hostname", "NAME", "Name that servers greet with and certificates carry.", "localhost");
    public static readonly Setting Region = new("region", "NAME", "Region in ARNs and request signatures.", "us-east-1");
    public static readonly Setting AccountId = new("account-id", "DIGITS", "Twelve-digit account of the installation.", "000000000000");
    public static readonly Setting TestDomainSuffix = new("test-domain-suffix", "DOMAIN", "Test mail domains are {alias}.DOMAIN.", "mailstead.test");
    public static readonly Setting Demo = new("demo", "", "Make organization 'demo' with alice, bob and carol.", "false");
    public static readonly Setting Migrate = new("migrate", "", "Bring the tables of the roles to this version, then end.", "false");
    public static readonly Setting Check = new("check", "PLACES", "Ask HOST:PORT,http://… how they are, print it, then end.", "nothing");

    public static readonly IReadOnlyList<Setting> All =
        [Data, PortBase, Listen, Roles, Dns, Hostname, Region, AccountId, TestDomainSuffix, Demo, Migrate, Check];

    /// <summary>What has no Options class: libraries and the host read it as it is.</summary>
    public static readonly IReadOnlyList<SectionSetting> Bare =
    [
        new("Telemetry", "Otlp", "nothing: only `/metrics`", "Address of a collector that metrics and traces are sent to, such as `http://127.0.0.1:4317`."),
        new("Telemetry", "OtlpProtocol", "grpc", "How the collector is spoken to: `grpc` or `http`."),
    ];

    /// <summary>Sections of a settings file that belong to services and libraries.</summary>
    public static readonly IReadOnlySet<string> Sections = new HashSet<string>(StringComparer.OrdinalIgnoreCase)
    {
        "Admin", "Bodies", "Bus", "Cache", "Database", "Delivery", "Directories", "Imap", "Ingress", "Keys", "Listeners", "Logging",
        "Mailboxes", "Services", "Submission", "Telemetry", "Tls",
    };
}
