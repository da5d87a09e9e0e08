using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Mailstead.Hosting.Telemetry;

/// <summary>
/// Metrics are always to be had at <c>/metrics</c>. With <c>Telemetry:Otlp</c> (an OTLP endpoint, e.g.
/// <c>http://collector:4317</c>) metrics and traces are sent there too; without it nobody listens and traces cost nothing.
/// Logs go to standard error, one JSON object a line: standard output is for people.
/// </summary>
internal static class TelemetryRegistration
{
    private const string Ours = "Mailstead.*";

    /// <summary>Series of a metric that has one for each organization and protocol; what goes beyond is counted together.</summary>
    private const int OrganizationsMax = 10_000;

    public static void AddLogging(this WebApplicationBuilder builder)
    {
        builder.Logging.AddConfiguration(builder.Configuration.GetSection("Logging"));
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        // A start that fails is told in one line by whoever started it; these would put its stack in front, twice.
        var start = new StartProgress();
        builder.Services.AddSingleton(start);
        foreach (var category in StartProgress.Tellers)
            builder.Logging.AddFilter(category, level => start.IsOver && level >= LogLevel.Warning);
        builder.Logging.AddFilter("MassTransit", level => !start.HasFailed && level >= LogLevel.Warning);
        // A replica that goes away is told by what calls it; each attempt need not be.
        builder.Logging.AddFilter("Grpc", LogLevel.Warning);
        builder.Logging.AddJsonConsole(options => options.UseUtcTimestamp = true);
        builder.Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(
            options => options.LogToStandardErrorThreshold = LogLevel.Trace);
    }

    public static void AddTelemetry(this WebApplicationBuilder builder)
    {
        var endpoint = Checked(
            builder.Configuration, "Telemetry:Otlp", "the address of a collector, such as http://127.0.0.1:4317",
            value => Uri.TryCreate(value, UriKind.Absolute, out var address) && address.Scheme is "http" or "https");
        var protocol = Checked(builder.Configuration, "Telemetry:OtlpProtocol", "grpc or http", value => value is "grpc" or "http");
        var telemetry = builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService("mailstead"))
            .WithMetrics(metrics =>
            {
                metrics.AddMeter(Ours).AddMeter("Microsoft.AspNetCore.Server.Kestrel")
                    .AddAspNetCoreInstrumentation().AddRuntimeInstrumentation().AddPrometheusExporter()
                    .AddView(SignIns.Metric, new ExplicitBucketHistogramConfiguration { Boundaries = [0], CardinalityLimit = OrganizationsMax });
                if (!string.IsNullOrEmpty(endpoint))
                    metrics.AddOtlpExporter(options => Configure(options, endpoint, "metrics", protocol));
            });
        if (string.IsNullOrEmpty(endpoint))
            return;
        telemetry.WithTracing(traces => traces.AddSource(Ours).AddAspNetCoreInstrumentation()
            .AddOtlpExporter(options => Configure(options, endpoint, "traces", protocol)));
    }

    private static string? Checked(ConfigurationManager settings, string key, string allowed, Func<string, bool> isAllowed) =>
        settings[key] is not { Length: > 0 } value || isAllowed(value)
            ? settings[key]
            : throw new OptionsValidationException("Telemetry", typeof(TelemetryRegistration), [$"{key} is '{value}'; allowed: {allowed}"]);

    private static void Configure(
        OpenTelemetry.Exporter.OtlpExporterOptions options, string endpoint, string signal, string? protocol)
    {
        var isHttp = protocol == "http";
        options.Protocol = isHttp
            ? OpenTelemetry.Exporter.OtlpExportProtocol.HttpProtobuf
            : OpenTelemetry.Exporter.OtlpExportProtocol.Grpc;
        // Set in code, the endpoint is used as it is: only the environment variable has the path added for it.
        options.Endpoint = new Uri(isHttp ? $"{endpoint.TrimEnd('/')}/v1/{signal}" : endpoint);
    }
}
