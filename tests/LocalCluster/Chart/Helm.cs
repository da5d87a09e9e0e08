using System.Diagnostics;

namespace Mailstead.LocalCluster.Chart;

/// <summary>The helm that tests/prepare.sh installs, with the repository's chart.</summary>
internal static class Helm
{
    public const string Release = "mailstead";
    public const string Namespace = "mail";

    private static readonly string Program = Repository.In("tests/Charts/tools/node_modules/bin/helm/helm");
    private static readonly string Chart = Repository.In("charts/mailstead");

    /// <summary>The manifests of a values file, and of further <c>--set NAME=VALUE</c>.</summary>
    public static async Task<string> TemplateAsync(string valuesFile, params string[] more)
    {
        var (code, output, errors) = await RunAsync(["template", Release, Chart, "--namespace", Namespace, "--values", valuesFile, .. more]);
        return code == 0 ? output : throw new InvalidOperationException("helm template: " + errors);
    }

    /// <summary>What helm says of values that it refuses.</summary>
    public static async Task<string> RefusalAsync(string valuesFile, params string[] more)
    {
        var (code, _, errors) = await RunAsync(["template", Release, Chart, "--namespace", Namespace, "--values", valuesFile, .. more]);
        return code != 0 ? errors : throw new InvalidOperationException("helm template took values that it should refuse");
    }

    public static async Task<(int Code, string Output)> LintAsync(string valuesFile)
    {
        var (code, output, errors) = await RunAsync(["lint", Chart, "--strict", "--values", valuesFile]);
        return (code, output + errors);
    }

    private static async Task<(int Code, string Output, string Errors)> RunAsync(string[] arguments)
    {
        if (!File.Exists(Program))
            throw new InvalidOperationException($"{Program} is missing; bash tests/prepare.sh installs it");
        using var helm = Process.Start(new ProcessStartInfo(Program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            // Nothing of the user's own: no cluster, no plugins, no repositories.
            Environment = { ["KUBECONFIG"] = "/dev/null", ["HELM_CONFIG_HOME"] = "/nonexistent", ["HELM_DATA_HOME"] = "/nonexistent" },
        })!;
        var errors = helm.StandardError.ReadToEndAsync();
        var output = await helm.StandardOutput.ReadToEndAsync();
        await helm.WaitForExitAsync();
        return (helm.ExitCode, output, await errors);
    }
}
