using k8s;
using k8s.Models;
using Mailstead.Kubernetes.Node;

namespace Mailstead.Kubernetes.Cluster;

/// <summary>What the running processes may do, as the kernel tells it and not the manifest.</summary>
internal static class PodSafety
{
    /// <exception cref="InvalidOperationException">A process may do what it shouldn't.</exception>
    public static async Task<string> CheckAsync(
        SingleNode? node, Kubectl kubectl, IReadOnlyList<V1Pod> pods, CancellationToken cancellationToken)
    {
        foreach (var pod in pods)
        {
            var (code, output, errors) = await kubectl.TryAsync(["exec", pod.Name(), "--", "/bin/sh", "-c", "echo there"], cancellationToken);
            Must(code != 0 && !output.Contains("there", StringComparison.Ordinal), $"{pod.Name()} has a shell");
            Must(errors.Contains("no such file", StringComparison.OrdinalIgnoreCase), $"{pod.Name()}: {errors}");
            if (node is not null)
                CheckProcess(pod.Name(), await node.ProcessOfAsync(pod, cancellationToken));
        }

        return node is null
            ? $"{pods.Count} pods have no shell"
            : $"{pods.Count} pods: user 1654, no capability, no new privileges, seccomp filter, root read-only, no shell";
    }

    private static void CheckProcess(string pod, int process)
    {
        var status = File.ReadLines($"/proc/{process}/status").Select(line => line.Split(':', 2)).ToDictionary(part => part[0], part => part[1].Trim());
        Must(status["Uid"].Split('\t').All(id => id == "1654"), $"{pod} runs as {status["Uid"]}");
        Must(status["Gid"].Split('\t').All(id => id == "1654"), $"{pod} runs as group {status["Gid"]}");
        foreach (var set in new[] { "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb" })
            Must(status[set].Trim('0').Length == 0, $"{pod} has {set} {status[set]}");
        Must(status["NoNewPrivs"] == "1", $"{pod} may gain privileges");
        Must(status["Seccomp"] == "2", $"{pod} has no seccomp filter");
        var root = File.ReadLines($"/proc/{process}/mountinfo").Select(line => line.Split(' ')).Single(mount => mount[4] == "/");
        Must(root[5].Split(',').Contains("ro"), $"{pod} may write to its root file system");
    }

    private static void Must(bool holds, string wrong)
    {
        if (!holds)
            throw new InvalidOperationException(wrong);
    }
}
