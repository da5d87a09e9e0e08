namespace Mailstead.Host.CommandLine;

/// <summary>
/// One thing that an operator can decide, by option, environment variable or settings file; the first that is given wins, in
/// that order.
/// </summary>
internal sealed record Setting(string Name, string Value, string Help, string Default)
{
    /// <summary>Given or not, without a value.</summary>
    public bool IsFlag => Value.Length == 0;

    /// <summary>As on the command line: <c>--port-base</c>.</summary>
    public string Option => "--" + Name;

    /// <summary>As in the environment: <c>MAILSTEAD_PORT_BASE</c>.</summary>
    public string Variable => "MAILSTEAD_" + Name.Replace('-', '_').ToUpperInvariant();

    /// <summary>As in the settings file, case aside: <c>PortBase</c>.</summary>
    public string Key => string.Concat(Name.Split('-').Select(word => char.ToUpperInvariant(word[0]) + word[1..]));
}
