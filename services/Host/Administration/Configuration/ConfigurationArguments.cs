using System.CommandLine;

namespace Mailstead.Host.Administration.Configuration;

/// <summary>The command lines of <c>mailstead apply</c> and <c>mailstead export-config</c>.</summary>
internal sealed class ConfigurationArguments
{
    private readonly PlaceArguments place = new();
    private readonly Option<string> file = new("--file", "-f") { Description = "The file that describes organizations; - is standard input.", HelpName = "FILE", Required = true };
    private readonly Option<bool> prune = new("--prune") { Description = "Remove what is in a section that the file has, and not in the file." };
    private readonly Option<bool> dryRun = new("--dry-run") { Description = "Show what would be changed, and change nothing." };
    private readonly Option<bool> yes = new("--yes", "-y") { Description = "Do not ask." };
    private readonly Option<string[]> organizations = new("--organization")
    {
        Description = "The alias of an organization; several may be named. [default: all]",
        HelpName = "ALIAS",
    };

    public IEnumerable<Command> Create(Func<ConfigurationCall, Task<int>> run)
    {
        var apply = new Command("apply", "Brings organizations to what a file describes; the plan is shown first.");
        var export = new Command("export-config", "Describes organizations, as 'apply' reads it. Passwords are not in it.");
        place.AddTo(apply);
        place.AddTo(export);
        foreach (var option in new Option[] { file, prune, dryRun, yes })
            apply.Options.Add(option);
        export.Options.Add(organizations);
        apply.SetAction((result, _) => run(new ConfigurationCall.Apply(
            place.Of(result), result.GetRequiredValue(file), result.GetValue(prune), result.GetValue(dryRun), result.GetValue(yes))));
        export.SetAction((result, _) => run(new ConfigurationCall.Export(place.Of(result), result.GetValue(organizations) ?? [])));
        return [apply, export];
    }
}
