namespace Mailstead.Hosting.Start;

/// <summary>What has to be done before anything of the process is served; it may be repeated.</summary>
/// <param name="Needs">What it can't be done without, as an operator knows it: <c>Database:PostgreSql</c>.</param>
internal sealed record StartStep(string Needs, Func<IServiceProvider, CancellationToken, Task> RunAsync);
