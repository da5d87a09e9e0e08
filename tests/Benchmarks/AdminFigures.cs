using System.Diagnostics;
using Mailstead.Benchmarks.Targets;

namespace Mailstead.Benchmarks;

/// <summary>The admin API with many users in one organization: making them, describing one, listing them page by page.</summary>
internal sealed class AdminFigures(Target target, int divisor)
{
    private const int PageSize = 100;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (target.Admin is not { } admin)
            return;
        var organization = (await admin.SendAsync("ListOrganizations", new { }, cancellationToken)).GetProperty("OrganizationSummaries")[0].GetProperty("OrganizationId").GetString();
        var count = 100_000 / divisor;
        Report.Heading($"{target.Name}: admin API, {count} users in an organization", "operation", "callers", "calls/s", "p50 ms", "p99 ms");
        await MeasureAsync("CreateUser", 32, count, number => admin.SendAsync(
            "CreateUser", new { OrganizationId = organization, Name = $"many{number}", DisplayName = $"Many {number}", FirstName = "Many" }, cancellationToken));
        foreach (var callers in new[] { 1, 8 })
        {
            await MeasureAsync("DescribeUser", callers, 10_000 / divisor, number => admin.SendAsync(
                "DescribeUser", new { OrganizationId = organization, UserId = $"many{number * 7919L % count}" }, cancellationToken));
        }

        foreach (var callers in new[] { 1, 8 })
        {
            var tokens = new string?[callers];
            await MeasureAsync("ListUsers", callers, 1000 / divisor, async number =>
            {
                var caller = number % callers;
                object page = tokens[caller] is { } token
                    ? new { OrganizationId = organization, MaxResults = PageSize, NextToken = token }
                    : new { OrganizationId = organization, MaxResults = PageSize };
                var answer = await admin.SendAsync("ListUsers", page, cancellationToken);
                tokens[caller] = answer.TryGetProperty("NextToken", out var next) ? next.GetString() : null;
            });
        }
    }

    /// <summary>Each caller makes its calls one after the other.</summary>
    private static async Task MeasureAsync(string operation, int callers, int count, Func<int, Task> call)
    {
        var times = new double[count];
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, callers).Select(async caller =>
        {
            for (var number = caller; number < count; number += callers)
            {
                var started = Stopwatch.GetTimestamp();
                await call(number);
                times[number] = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            }
        }));
        var rate = count / watch.Elapsed.TotalSeconds;
        Array.Sort(times);
        Report.Row(operation, callers, rate, times[count / 2], times[(int)(count * 0.99)]);
    }
}
