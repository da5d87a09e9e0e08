using System.Diagnostics;
using k8s.Models;

namespace Mailstead.LocalCluster.Chart;

/// <summary>The Secrets that a trial on Kubernetes begins with: the same script makes them.</summary>
internal static class TrialSecrets
{
    public static async Task<IReadOnlyDictionary<string, V1Secret>> CreateAsync(string hostname)
    {
        using var script = Process.Start(new ProcessStartInfo("bash", [Repository.In("deploy/trial-secrets.sh"), Helm.Release, hostname])
        {
            RedirectStandardOutput = true,
        })!;
        var text = await script.StandardOutput.ReadToEndAsync();
        await script.WaitForExitAsync();
        if (script.ExitCode != 0)
            throw new InvalidOperationException($"deploy/trial-secrets.sh ended with {script.ExitCode}");
        return Manifests.Parse(text).OfKind<V1Secret>().ToDictionary(secret => secret.Metadata.Name);
    }
}
