namespace Mailstead.Host.Administration.Configuration;

/// <summary>What <c>mailstead apply</c> and <c>mailstead export-config</c> have to do.</summary>
internal abstract record ConfigurationCall(AdminPlace Place)
{
    /// <param name="File">A path, or <c>-</c> for standard input.</param>
    /// <param name="Prunes">What the file does not have is removed.</param>
    /// <param name="IsDryRun">The plan is shown, and that is all.</param>
    /// <param name="IsAgreed">Nobody is asked.</param>
    public sealed record Apply(AdminPlace Place, string File, bool Prunes, bool IsDryRun, bool IsAgreed) : ConfigurationCall(Place);

    /// <param name="Organizations">Aliases; none: all.</param>
    public sealed record Export(AdminPlace Place, IReadOnlyList<string> Organizations) : ConfigurationCall(Place);
}
