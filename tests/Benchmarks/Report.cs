using System.Globalization;
using System.Runtime.InteropServices;
using Mailstead.Benchmarks.Targets;

namespace Mailstead.Benchmarks;

/// <summary>Tables for people and for pasting.</summary>
internal static class Report
{
    private static int[] widths = [];

    public static void Machine() => Console.WriteLine(
        $"{Environment.ProcessorCount} cores, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}. "
        + "The load and the server share the machine.");

    public static void Startup(Target target)
    {
        Heading($"{target.Name}: start to ready", "seconds");
        Row(target.StartTime.TotalSeconds);
    }

    public static void Heading(string title, params string[] columns)
    {
        Console.WriteLine();
        Console.WriteLine(title);
        widths = [.. columns.Select(column => Math.Max(column.Length, 8))];
        Row([.. columns]);
    }

    public static void Row(params object[] cells) =>
        Console.WriteLine(string.Join("  ", cells.Select((cell, column) => Text(cell).PadLeft(widths[column]))));

    public static void Note(string text) => Console.WriteLine("  " + text);

    public static void Alarm(string text) => Console.WriteLine($"!!! {text}");

    private static string Text(object cell) => cell switch
    {
        double value => value.ToString(value < 10 ? "0.00" : "0", CultureInfo.InvariantCulture),
        IFormattable value => value.ToString(null, CultureInfo.InvariantCulture),
        _ => cell.ToString() ?? "",
    };
}
