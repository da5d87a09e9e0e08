namespace Mailstead.Hosting.Telemetry;

/// <summary>Whether the process has started. Until then its caller tells what went wrong, and nobody else does.</summary>
internal sealed class StartProgress
{
    /// <summary>Who logs a failed start besides.</summary>
    public static readonly string[] Tellers = ["Microsoft.Extensions.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "Microsoft.AspNetCore.Hosting"];

    private volatile bool isOver;
    private volatile bool hasFailed;

    public bool IsOver => isOver;

    /// <summary>What is taken down again without ever having run has nothing to tell.</summary>
    public bool HasFailed => hasFailed;

    public void End() => isOver = true;

    public void Fail() => hasFailed = true;
}
