using System.Net;
using Grpc.Core;
using Mailstead.Contracts.Directories.V1;
using Mailstead.Host.CommandLine;
using Mailstead.Host.FirstStart;
using Mailstead.Hosting;
using Mailstead.Hosting.Start;
using Mailstead.Persistence.Backups;
using Mailstead.Persistence.Databases;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;

namespace Mailstead.Host;

/// <summary>One run of the process: from settings that are right to the last session drained.</summary>
internal static class Server
{
    private static readonly (string Name, int Port)[] WellKnownPorts =
    [
        ("SMTP", 25), ("submission (STARTTLS)", 587), ("submission (TLS)", 465), ("IMAP (STARTTLS)", 143), ("IMAP (TLS)", 993),
        ("HTTP", 80), ("HTTPS", 443),
    ];

    /// <summary>Exit code: 0 after a drained stop, 2 when a setting stopped the start.</summary>
    public static async Task<int> RunAsync(InstallationOptions installation, IConfiguration settings)
    {
        RefuseUnreachableRoles(installation, settings);
        using var data = DataDirectory.Hold(installation);
        if (File.Exists(Path.Combine(installation.DataDirectory, SqliteTarget.Mark)))
            throw SettingException.For(KnownSettings.Data, installation.DataDirectory, "one whose restore has ended: run 'mailstead backup restore' again");
        var isDemo = SettingsReader.IsOn(settings, KnownSettings.Demo);
        var modules = Modules.All.Where(module => installation.Roles.Contains(module.Role)).ToList();
        await using var app = Try(() => ServiceHost.Build(installation, settings, modules), installation, settings);
        if (SettingsReader.IsOn(settings, KnownSettings.Migrate))
            return await MigrateAsync(app).ConfigureAwait(false);
        try
        {
            await app.StartAsync().ConfigureAwait(false);
        }
        catch (Exception failure) when (StartFailures.Explain(failure, installation, settings) is { } told)
        {
            ServiceHost.Hush(app);
            throw told;
        }

        try
        {
            // Made where the directory is: elsewhere nobody may.
            if (installation.Roles.Contains("directories"))
                await FirstStartAsync(app, installation, isDemo).ConfigureAwait(false);
            Announce(installation);
            await Console.Out.WriteLineAsync("Mailstead is ready").ConfigureAwait(false);
            await Console.Out.FlushAsync().ConfigureAwait(false);
        }
        catch (Exception) when (app.Lifetime.ApplicationStopping.IsCancellationRequested)
        {
            // Told to stop before it was ready: the next start goes on from here.
        }

        await app.WaitForShutdownAsync().ConfigureAwait(false);
        return 0;
    }

    /// <summary>As every start does, without starting anything: before new replicas come up beside old ones.</summary>
    private static async Task<int> MigrateAsync(WebApplication app)
    {
        var start = app.Services.GetRequiredService<PatientStart>();
        foreach (var schema in app.Services.GetServices<SchemaMigration>())
        {
            await start.RunAsync("Database:PostgreSql", schema.RunAsync, app.Lifetime.ApplicationStopping).ConfigureAwait(false);
            await Console.Out.WriteLineAsync($"{schema.Schema}: up to date").ConfigureAwait(false);
        }

        return 0;
    }

    private static async Task FirstStartAsync(WebApplication app, InstallationOptions installation, bool isDemo)
    {
        // The keys and mailboxes that it takes may be other processes that come up later.
        var start = app.Services.GetRequiredService<PatientStart>();
        var services = app.Services.GetRequiredService<CallInvoker>();
        var stopping = app.Lifetime.ApplicationStopping;
        var directories = new DirectoriesApi.DirectoriesApiClient(services);
        await start.RunAsync(
            "the administrator's access key", attempt => AdministratorCredentials.EnsureAsync(directories, installation, attempt), stopping)
            .ConfigureAwait(false);
        if (!isDemo)
            return;
        var demo = new DemoOrganization(services, installation, app.Services.GetRequiredService<TimeProvider>());
        await start.RunAsync("the demo accounts", demo.EnsureAsync, stopping).ConfigureAwait(false);
        await Console.Out.WriteLineAsync("Demo accounts:").ConfigureAwait(false);
        foreach (var (address, password) in demo.Accounts)
            await Console.Out.WriteLineAsync($"  {address,-36} {password}").ConfigureAwait(false);
    }

    private static WebApplication Try(Func<WebApplication> build, InstallationOptions installation, IConfiguration settings)
    {
        try
        {
            return build();
        }
        catch (Exception failure) when (StartFailures.Explain(failure, installation, settings) is { } told)
        {
            throw told;
        }
    }

    private static void RefuseUnreachableRoles(InstallationOptions installation, IConfiguration settings)
    {
        if (Modules.All.All(module => installation.Roles.Contains(module.Role)) || !string.IsNullOrEmpty(settings["Services:Certificate"]))
            return;
        throw SettingException.For(
            KnownSettings.Roles, string.Join(",", installation.Roles),
            "all; or some roles together with Services:Certificate, Services:PrivateKey, Services:Authorities and, for each other "
            + "role that they call, Services:Addresses:{role} (MAILSTEAD_Services__Addresses__keys=HOST:PORT)");
    }

    private static void Announce(InstallationOptions installation)
    {
        Console.Out.WriteLine("Listening:");
        foreach (var (name, port) in WellKnownPorts)
            Console.Out.WriteLine($"  {name,-22} {new IPEndPoint(installation.Listen, installation.PortOf(port))}");
    }
}
