using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using Grpc.Core;
using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Host.CommandLine;
using Mailstead.Hosting;
using Mailstead.Hosting.Start;
using Mailstead.Persistence.Backups;
using Mailstead.Persistence.Bodies;
using Mailstead.Persistence.Databases;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Mailstead.Host.Backups;

/// <summary>
/// The operator's commands for backups. Each is a process of its own beside the running ones: it reads and writes their tables and
/// bodies itself, and listens nowhere.
/// </summary>
internal static class BackupCare
{
    /// <summary>Roles that have tables, and the only ones that a command's process consists of.</summary>
    private static readonly string[] WithTables = ["keys", "directories", "mailboxes", "delivery"];

    /// <summary>Exit code: 0; 1: verifying has found damage; 3: it could not be done, for the reason that is told.</summary>
    public static async Task<int> RunAsync(BackupCommand command, IConfiguration settings)
    {
        var installation = SettingsReader.ToInstallation(settings, [.. Modules.All.Select(module => module.Role)]);
        using var stop = new CancellationTokenSource();
        using var interrupted = StopOn(PosixSignal.SIGINT, stop);
        using var terminated = StopOn(PosixSignal.SIGTERM, stop);
        try
        {
            return command.Action switch
            {
                BackupAction.List => List(BackupSeries.Open(command.Folder)),
                BackupAction.Prune => Prune(command),
                _ => await RunAsync(command, installation, settings, stop.Token).ConfigureAwait(false),
            };
        }
        catch (Exception failure) when (Explain(failure, stop.Token) is { } told)
        {
            await Console.Error.WriteLineAsync("mailstead: " + told).ConfigureAwait(false);
            return 3;
        }
        catch (Exception failure) when (StartFailures.Explain(failure, installation, settings) is { } told)
        {
            throw told;
        }
    }

    private static async Task<int> RunAsync(
        BackupCommand command, InstallationOptions installation, IConfiguration settings, CancellationToken cancellationToken)
    {
        // Whoever replaces tables must be alone; whoever reads them or adds to them is one of several.
        var isAlone = command.Action is BackupAction.Restore or BackupAction.Finish;
        using var data = isAlone ? DataDirectory.Hold(installation) : null;
        var modules = ModulesFor(command, settings);
        await using var app = command.Action == BackupAction.RestoreMailbox
            ? ServiceHost.Build(installation, settings, modules)
            : ServiceHost.Compose(installation, settings, modules);
        var schemas = app.Services.GetServices<BackedUpSchema>().ToList();
        return command.Action switch
        {
            BackupAction.Take => await TakeAsync(command, installation, app.Services, schemas, cancellationToken).ConfigureAwait(false),
            BackupAction.Verify => await VerifyAsync(command, schemas, cancellationToken).ConfigureAwait(false),
            BackupAction.Restore => await RestoreAsync(command, installation, app.Services, schemas, cancellationToken).ConfigureAwait(false),
            BackupAction.Finish => await FinishAsync(installation, app.Services, schemas, cancellationToken).ConfigureAwait(false),
            _ => await RestoreMailboxAsync(command, app, cancellationToken).ConfigureAwait(false),
        };
    }

    /// <summary>Where roles are processes of their own, a mailbox is restored by one more of its role, which calls the others.</summary>
    private static List<Hosting.Modules.IModule> ModulesFor(BackupCommand command, IConfiguration settings) =>
        command.Action == BackupAction.RestoreMailbox && settings["Services:Certificate"] is { Length: > 0 }
            ? [.. Modules.All.Where(module => module.Role == "mailboxes")]
            : [.. Modules.All.Where(module => WithTables.Contains(module.Role))];

    private static int List(BackupSeries series)
    {
        foreach (var backup in series.Names().Select(series.Read))
            Console.Out.WriteLine($"{backup.Name}  {Time(backup.TakenAt)}  {Size(backup.BodyOctets)} of bodies, {Size(backup.NewBodyOctets)} new");
        foreach (var name in series.Unfinished())
            Console.Out.WriteLine($"{name}  not complete");
        return 0;
    }

    private static int Prune(BackupCommand command)
    {
        DateTimeOffset? since = command.KeepDays is { } days ? TimeProvider.System.GetUtcNow().AddDays(-days) : null;
        var (gone, octets) = BackupPruning.Run(BackupSeries.Open(command.Folder), command.KeepLast, since);
        Console.Out.WriteLine($"{gone.Count} backups removed, and {Size(octets)} of bodies that only they needed");
        return 0;
    }

    private static async Task<int> TakeAsync(
        BackupCommand command, InstallationOptions installation, IServiceProvider services, IReadOnlyList<BackedUpSchema> schemas,
        CancellationToken cancellationToken)
    {
        var writer = BackupWriter.Of(
            Path.Combine(installation.DataDirectory, "databases"), Database(services), services.GetRequiredService<ISegmentArchive>(),
            services.GetRequiredService<IBodyHold>(), services.GetRequiredService<TimeProvider>());
        var version = typeof(BackupCare).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
        var backup = await writer.RunAsync(BackupSeries.OpenOrCreate(command.Folder), schemas, version, cancellationToken).ConfigureAwait(false);
        Console.Out.WriteLine($"{backup.Name}: {Size(backup.BodyOctets)} of bodies, {Size(backup.NewBodyOctets)} of them new");
        foreach (var segment in backup.Lost)
            Console.Out.WriteLine($"The installation itself has lost segment {segment} of the bodies: look for it in earlier backups");
        return command.KeepLast is null && command.KeepDays is null ? 0 : Prune(command);
    }

    private static async Task<int> VerifyAsync(BackupCommand command, IReadOnlyList<BackedUpSchema> schemas, CancellationToken cancellationToken)
    {
        var series = BackupSeries.Open(command.Folder);
        var verified = new HashSet<string>(StringComparer.Ordinal);
        var isWhole = true;
        foreach (var name in command.At is null ? series.Names() : [series.Find(command.At).Name])
        {
            var damages = await BackupVerification.RunAsync(series, name, schemas, verified, cancellationToken).ConfigureAwait(false);
            Console.Out.WriteLine($"{name}: {(damages.Count == 0 ? "whole" : "DAMAGED")}");
            foreach (var damage in damages)
                Console.Out.WriteLine("  " + damage);
            isWhole &= damages.Count == 0;
        }

        return isWhole ? 0 : 1;
    }

    private static async Task<int> RestoreAsync(
        BackupCommand command, InstallationOptions installation, IServiceProvider services, IReadOnlyList<BackedUpSchema> schemas,
        CancellationToken cancellationToken)
    {
        var series = BackupSeries.Open(command.Folder);
        var backup = series.Find(command.At);
        await Restoration.RunAsync(
            series, backup, schemas, Target(installation, services), services.GetRequiredService<ISegmentArchive>(),
            Path.Combine(installation.DataDirectory, "restore"), services.GetRequiredService<TimeProvider>(), cancellationToken).ConfigureAwait(false);
        Console.Out.WriteLine($"Restored {backup.Name}, as it was at {Time(backup.TakenAt)}; the server may start");
        return 0;
    }

    private static async Task<int> FinishAsync(
        InstallationOptions installation, IServiceProvider services, IReadOnlyList<BackedUpSchema> schemas, CancellationToken cancellationToken)
    {
        var missing = await Restoration.FinishAsync(
            schemas, Target(installation, services), services.GetRequiredService<ISegmentArchive>(), services.GetRequiredService<TimeProvider>(),
            cancellationToken).ConfigureAwait(false);
        foreach (var segment in missing)
            Console.Out.WriteLine($"Segment {segment} of the bodies is not there: messages of that time can't be read (Mailboxes:RestoreWindow keeps them)");
        Console.Out.WriteLine("The tables are safe to use; the server may start");
        return 0;
    }

    private static async Task<int> RestoreMailboxAsync(BackupCommand command, WebApplication app, CancellationToken cancellationToken)
    {
        await app.Services.GetRequiredService<PatientStart>().StartingAsync(cancellationToken).ConfigureAwait(false);
        var mailboxes = new MailboxesApi.MailboxesApiClient(app.Services.GetRequiredService<CallInvoker>());
        var organization = command.Organization.StartsWith("m-", StringComparison.Ordinal) ? command.Organization[2..] : command.Organization;
        var response = await mailboxes.RestoreMailboxAsync(
            new RestoreMailboxRequest
            {
                Mailbox = new MailboxRef { OrganizationId = organization, MailboxId = command.User },
                Backups = command.Folder,
                At = command.At?.ToUnixTimeMilliseconds() ?? 0,
                Folder = command.MailFolder,
                InPlace = command.InPlace,
                Into = command.Into,
            },
            cancellationToken: cancellationToken).ConfigureAwait(false);
        var where = command.InPlace ? "where they were" : $"in folder '{response.Into}'";
        Console.Out.WriteLine($"{response.Restored} items of backup {response.Backup} are back {where}; {response.ThereAlready} were there already");
        if (response.Lost > 0)
            Console.Out.WriteLine($"{response.Lost} are not: the backup does not have their bodies");
        return 0;
    }

    private static DatabaseOptions Database(IServiceProvider services) => services.GetRequiredService<IOptions<DatabaseOptions>>().Value;

    private static ITableTarget Target(InstallationOptions installation, IServiceProvider services) => Database(services) is { PostgreSql.Length: > 0 } options
        ? new PostgreSqlTarget(options)
        : new SqliteTarget(installation.DataDirectory, installation.Folder("databases"), installation.Folder("bodies"));

    private static string? Explain(Exception failure, CancellationToken cancellationToken) => failure switch
    {
        BackupException told => told.Message,
        RpcException refused => refused.Status.Detail,
        OperationCanceledException when cancellationToken.IsCancellationRequested => "stopped; nothing is half done that the same command would not finish",
        _ => null,
    };

    private static PosixSignalRegistration StopOn(PosixSignal signal, CancellationTokenSource stop) => PosixSignalRegistration.Create(signal, context =>
    {
        context.Cancel = true;
        stop.Cancel();
    });

    /// <summary>As <c>--at</c> takes it, to the millisecond: it names this very backup.</summary>
    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private static string Size(long octets) => octets switch
    {
        < 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{octets / 1e3:0.0} kB"),
        < 1_000_000_000 => string.Create(CultureInfo.InvariantCulture, $"{octets / 1e6:0.0} MB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{octets / 1e9:0.0} GB"),
    };
}
