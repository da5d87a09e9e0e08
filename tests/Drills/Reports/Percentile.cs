namespace Mailstead.Drills.Reports;

internal static class Percentile
{
    /// <summary>The value that 99 of 100 don't exceed; null of none.</summary>
    public static double? P99(IReadOnlyCollection<double> values) =>
        values.Count == 0 ? null : values.Order().ElementAt((int)Math.Ceiling(values.Count * 0.99) - 1);
}
