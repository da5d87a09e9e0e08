namespace Mailstead.Host.CommandLine;

/// <summary>A setting that stops the start; the message names it, its value and what is allowed.</summary>
internal sealed class SettingException(string message) : Exception(message)
{
    public static SettingException For(Setting setting, string value, string allowed) =>
        new($"{setting.Option} (or {setting.Variable}, or {setting.Key} in the settings file) is '{value}'; allowed: {allowed}");
}
