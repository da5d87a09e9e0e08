using System.Collections;
using Mailstead.Host;
using Mailstead.Host.Administration;
using Mailstead.Host.Administration.Configuration;
using Mailstead.Host.Backups;
using Mailstead.Host.CommandLine;
using Mailstead.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

return await Arguments.InvokeAsync(
    args,
    (commandLine, settingsFile) => RefuseAsync(() =>
    {
        var settings = Read(commandLine, settingsFile);
        if (settings[KnownSettings.Check.Key] is { Length: > 0 } places)
            return PlaceCheck.RunAsync(places, Console.Out);
        var installation = SettingsReader.ToInstallation(settings, [.. Modules.All.Select(module => module.Role)]);
        return Server.RunAsync(installation, settings);
    }),
    (command, settingsFile) => RefuseAsync(() => BusCare.RunAsync(command, Read(new Dictionary<string, string?>(), settingsFile))),
    (command, settingsFile) => RefuseAsync(() => BackupCare.RunAsync(
        command, Read(new Dictionary<string, string?> { [KnownSettings.Data.Key] = command.Data }, settingsFile))),
    call => RefuseAsync(() => AdminCare.RunAsync(call())),
    call => RefuseAsync(() => ConfigurationCare.RunAsync(call)))
    .ConfigureAwait(false);

static IConfiguration Read(IReadOnlyDictionary<string, string?> commandLine, string? settingsFile)
{
    var environment = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
        .ToDictionary(variable => (string)variable.Key, variable => (string?)variable.Value ?? "", StringComparer.Ordinal);
    return SettingsReader.Read(commandLine, environment, settingsFile ?? environment.GetValueOrDefault("MAILSTEAD_SETTINGS"));
}

static async Task<int> RefuseAsync(Func<Task<int>> run)
{
    try
    {
        return await run().ConfigureAwait(false);
    }
    catch (Exception wrong) when (wrong is SettingException or OptionsValidationException)
    {
        await Console.Error.WriteLineAsync("mailstead: " + wrong.Message).ConfigureAwait(false);
        return 2;
    }
}
