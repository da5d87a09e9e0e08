using System.Net;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using k8s.Models;
using Mailstead.Host;
using Mailstead.Host.CommandLine;
using Mailstead.Hosting;
using Mailstead.Hosting.Bus;
using Mailstead.Hosting.Cache;
using Mailstead.Hosting.Grpc.Remote;
using Mailstead.Hosting.Modules;
using Mailstead.Hosting.Tls;
using Mailstead.LocalCluster.Chart;
using Mailstead.Persistence.Bodies.S3;
using Mailstead.Persistence.Databases;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Charts;

/// <summary>Chart and program say the same: what the chart sets is read, what the program needs is set.</summary>
public sealed class SettingsTests : IClassFixture<Rendered>, IDisposable
{
    private readonly Rendered rendered;
    private readonly string folder = Directory.CreateTempSubdirectory("mailstead-chart-").FullName;

    public SettingsTests(Rendered rendered)
    {
        this.rendered = rendered;
        CertificateAuthority.LoadOrCreate(folder, "authority", TimeProvider.System)!
            .Issue(folder, "tls", "any", ["any"], [IPAddress.Loopback]);
    }

    public static TheoryData<string, string> EachRole =>
        [.. from set in Rendered.Sets from module in Modules.All select new TheoryDataRow<string, string>(set, module.Role)];

    [Fact]
    public void The_chart_has_the_program_s_roles() =>
        Assert.All(Rendered.Sets, set => Assert.Equal(Modules.All.Select(module => module.Role).Order(), rendered[set].Roles.Keys.Order()));

    [Theory]
    [MemberData(nameof(EachRole))]
    public async Task A_process_with_the_chart_s_environment_is_complete(string set, string role)
    {
        var settings = SettingsReader.Read(new Dictionary<string, string?>(), Environment(set, role), null);
        var installation = SettingsReader.ToInstallation(settings, [.. Modules.All.Select(module => module.Role)]) with { DataDirectory = folder };

        Assert.Equal([role], installation.Roles);
        // Refuses what no service knows, and roles that are called but have no address.
        await using var app = ServiceHost.Build(installation, settings, [Module(role)]);
        Assert.NotNull(app);
    }

    [Theory]
    [MemberData(nameof(EachRole))]
    public void Sections_without_a_refusal_of_their_own_have_known_names(string set, string role)
    {
        var settings = SettingsReader.Read(new Dictionary<string, string?>(), Environment(set, role), null);

        Assert.Subset(NamesOf<ServicesOptions>(), Names(settings.GetSection("Services")));
        Assert.Subset(NamesOf<S3Options>(), Names(settings.GetSection("Bodies:S3")));
        Assert.Subset(NamesOf<DatabaseOptions>(), Names(settings.GetSection("Database")));
        Assert.Subset(NamesOf<BusOptions>(), Names(settings.GetSection("Bus")));
        Assert.Subset(NamesOf<CacheOptions>(), Names(settings.GetSection("Cache")));
        Assert.Subset(new HashSet<string> { "Otlp", "OtlpProtocol" }, Names(settings.GetSection("Telemetry")));
    }

    [Theory]
    [MemberData(nameof(EachRole))]
    public void Addresses_and_ports_are_those_that_the_program_uses(string set, string role)
    {
        var environment = Environment(set, role);
        var contributions = Contributions(role, environment);
        var contracts = new ServiceContracts(contributions.Called.DistinctBy(service => service.FullName));
        var container = rendered[set].Roles[role].Spec.Template.Spec.Containers.Single();
        var portBase = int.Parse(environment["MAILSTEAD_PORT_BASE"], System.Globalization.CultureInfo.InvariantCulture);

        Assert.Equal(
            contracts.Roles.Where(called => called != role).Order(),
            environment.Keys.Where(name => name.StartsWith("MAILSTEAD_Services__Addresses__", StringComparison.Ordinal)).Select(name => name.Split("__")[2]).Order());
        Assert.Equal(
            contributions.Listeners.ToDictionary(plan => plan.Name, plan => portBase + plan.WellKnownPort).OrderBy(plan => plan.Key),
            container.Ports.Where(port => port.Name is not ("management" or "calls" or "http")).ToDictionary(port => port.Name, port => port.ContainerPort)
                .OrderBy(port => port.Key));
        Assert.Equal(contributions.GrpcRoutes.Count > 0, container.Ports.Any(port => port.Name == "calls"));
        Assert.Equal(contributions.Routes.Count > 0, container.Ports.Any(port => port.Name == "http"));
    }

    [Fact]
    public void Alerts_and_dashboards_ask_for_metrics_that_there_are()
    {
        var asked = new[] { "alerts.yaml", "dashboard.json" }.Select(file => File.ReadAllText(Repository.In($"charts/mailstead/files/{file}")))
            .SelectMany(text => Regex.Matches(text, "mailstead_[a-z_]+").Select(match => match.Value)).ToHashSet();
        var sources = string.Concat(Directory.GetFiles(Repository.In("services"), "*.cs", SearchOption.AllDirectories).Select(File.ReadAllText));

        Assert.NotEmpty(asked);
        Assert.All(asked, metric => Assert.Contains(
            $"\"{Regex.Replace(metric, "(_total|_seconds_bucket|_seconds)$", "").Replace('_', '.')}\"", sources, StringComparison.Ordinal));
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static HashSet<string> NamesOf<T>() => [.. typeof(T).GetProperties().Select(property => property.Name)];

    private static HashSet<string> Names(IConfiguration section) => [.. section.GetChildren().Select(child => child.Key)];

    private static IModule Module(string role) => Modules.All.Single(module => module.Role == role);

    private ModuleBuilder Contributions(string role, Dictionary<string, string> environment)
    {
        var settings = SettingsReader.Read(new Dictionary<string, string?>(), environment, null);
        var installation = SettingsReader.ToInstallation(settings, [role]) with { DataDirectory = folder };
        var contributions = new ModuleBuilder(new ServiceCollection(), settings, installation);
        Module(role).Configure(contributions);
        return contributions;
    }

    /// <summary>The container's variables, with files that are here and values that Secrets could have.</summary>
    private Dictionary<string, string> Environment(string set, string role) =>
        rendered[set].Roles[role].Spec.Template.Spec.Containers.Single().Env.ToDictionary(
            variable => variable.Name, variable => variable.ValueFrom is null ? Mounted(variable.Value) : SecretFor(variable.Name));

    private string Mounted(string value) => value switch
    {
        "/etc/mailstead/role/tls.crt" or "/etc/mailstead/tls/tls.crt" => Path.Combine(folder, "tls.pem"),
        "/etc/mailstead/role/tls.key" or "/etc/mailstead/tls/tls.key" => Path.Combine(folder, "tls.key"),
        "/etc/mailstead/role/ca.crt" => Path.Combine(folder, "ca.pem"),
        _ when value.StartsWith("/etc/mailstead/authorities/", StringComparison.Ordinal) => Path.Combine(folder, "ca.pem"),
        _ => value,
    };

    private static string SecretFor(string variable) => variable switch
    {
        "MAILSTEAD_Database__PostgreSql" => "Host=database;Database=mailstead;Username=mailstead;Password=secret",
        "MAILSTEAD_Bus__RabbitMq" => "amqp://mailstead:secret@bus:5672/",
        "MAILSTEAD_Cache__Redis" => "cache:6379,password=secret",
        "MAILSTEAD_Keys__RootKey" => Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)),
        _ => "AKIAABCDEFGHIJKLMNOP",
    };
}
