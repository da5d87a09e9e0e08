using System.Text;
using Mailstead.Host.CommandLine;

namespace Mailstead.Architecture.Settings;

/// <summary>docs/settings.md, from the Options classes and the host's own settings.</summary>
internal static class SettingsDocument
{
    private const string Introduction =
        """
        # Settings

        Made of the Options classes by `./build.sh settings`; a test keeps it in step.

        An option of the command line goes before an environment variable, and that before the settings file (`--settings FILE` or `MAILSTEAD_SETTINGS`). A name or a
        value that is not allowed stops the start with a message that names it. Times are `HH:MM:SS`, with `D.` before them for days; lists are numbered:

            MAILSTEAD_Imap__IdleTimeout=00:40:00  MAILSTEAD_Imap__TrustedNetworks__0=10.0.0.0/8          # environment: __ stands for :
            {"Imap": {"IdleTimeout": "00:40:00", "TrustedNetworks": ["10.0.0.0/8"]}}                    # settings file

        ## The process

        | option | environment | default | what it is for |
        |---|---|---|---|

        """;

    private const string Logging =
        """

        ## Logging

        `Logging:LogLevel:CATEGORY` is a level of Microsoft.Extensions.Logging (`Trace`, `Debug`, `Information`, `Warning`, `Error`, `Critical`, `None`) for what begins with that
        category, such as `Mailstead.Imap`; `Default` is for the rest and is `Information`.

        """;

    public static string Render()
    {
        var text = new StringBuilder(Introduction);
        foreach (var setting in KnownSettings.All)
            text.Append($"| `{setting.Option}{(setting.IsFlag ? "" : " " + setting.Value)}` | `{setting.Variable}` | {setting.Default} | {setting.Help} |\n");
        foreach (var section in OptionsClass.All.Select(options => options.Section).Concat(KnownSettings.Bare.Select(setting => setting.Section))
            .Distinct().Order(StringComparer.Ordinal))
            AppendSection(text, section);
        return text.Append(Logging).ToString();
    }

    private static void AppendSection(StringBuilder text, string section)
    {
        text.Append($"\n## {section}\n\n");
        if (OptionsClass.All.SingleOrDefault(options => options.Section == section) is { } found)
        {
            text.Append($"{found.Summary}\n\n| setting | type | default | allowed | what it is for |\n|---|---|---|---|---|\n");
            foreach (var setting in found.Settings)
                text.Append($"| `{setting.Path}` | {setting.Type} | {setting.DefaultText} | {setting.Allowed} | {setting.Summary} |\n");
            return;
        }

        text.Append("| setting | default | what it is for |\n|---|---|---|\n");
        foreach (var setting in KnownSettings.Bare.Where(setting => setting.Section == section))
            text.Append($"| `{section}:{setting.Name}` | {setting.Default} | {setting.Help} |\n");
    }
}
