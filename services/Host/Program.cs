using System.Collections;
using Mailstead.Host;
using Mailstead.Host.CommandLine;
using Mailstead.Hosting;
using Microsoft.Extensions.Options;

return await Arguments.InvokeAsync(args, async (commandLine, settingsFile) =>
{
    try
    {
        var environment = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .ToDictionary(variable => (string)variable.Key, variable => (string?)variable.Value ?? "", StringComparer.Ordinal);
        var settings = SettingsReader.Read(commandLine, environment, settingsFile ?? environment.GetValueOrDefault("MAILSTEAD_SETTINGS"));
        if (settings[KnownSettings.Check.Key] is { Length: > 0 } places)
            return await PlaceCheck.RunAsync(places, Console.Out).ConfigureAwait(false);
        var installation = SettingsReader.ToInstallation(settings, [.. Modules.All.Select(module => module.Role)]);
        return await Server.RunAsync(installation, settings).ConfigureAwait(false);
    }
    catch (Exception wrong) when (wrong is SettingException or OptionsValidationException)
    {
        await Console.Error.WriteLineAsync("mailstead: " + wrong.Message).ConfigureAwait(false);
        return 2;
    }
}).ConfigureAwait(false);
