using Mailstead.Hosting.Modules;

namespace Mailstead.Host;

/// <summary>Every service there is.</summary>
internal static class Modules
{
    public static readonly IReadOnlyList<IModule> All =
    [
    ];

    /// <summary>Roles that the others call. Until calls leave the process, every process runs them.</summary>
    public static readonly IReadOnlyList<string> Core = ["keys", "directories", "mailboxes", "delivery"];
}
