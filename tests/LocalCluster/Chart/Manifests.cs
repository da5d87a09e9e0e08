using System.Text.RegularExpressions;
using k8s;
using k8s.Models;

namespace Mailstead.LocalCluster.Chart;

/// <summary>
/// Rendered manifests, each as the type that Kubernetes has for it: a member that the type doesn't know or a value of another type
/// is an error, as on a server. Kinds of operators (cert-manager and the like) are kept as text.
/// </summary>
internal sealed partial class Manifests
{
    private readonly List<object> typed = [];

    private Manifests(string text)
    {
        Text = text;
        foreach (var document in Separator().Split(text).Where(document => Kind().IsMatch(document)))
        {
            if (IsOfOperators(document))
                Foreign.Add(document);
            else
                typed.AddRange(KubernetesYaml.LoadAllFromString(document, null, true));
        }
    }

    public string Text { get; }

    public List<string> Foreign { get; } = [];

    public static Manifests Parse(string text) => new(text);

    public IReadOnlyList<T> OfKind<T>() => [.. typed.OfType<T>()];

    public IEnumerable<object> All => typed;

    /// <summary>The Deployments of the program's roles, by role.</summary>
    public IReadOnlyDictionary<string, V1Deployment> Roles =>
        OfKind<V1Deployment>().ToDictionary(deployment => deployment.Metadata.Labels["app.kubernetes.io/component"]);

    /// <summary>Every pod that a manifest makes, whatever makes it.</summary>
    public IEnumerable<(string Name, V1PodSpec Spec)> Pods =>
        OfKind<V1Deployment>().Select(maker => (maker.Metadata.Name, maker.Spec.Template.Spec))
            .Concat(OfKind<V1StatefulSet>().Select(maker => (maker.Metadata.Name, maker.Spec.Template.Spec)))
            .Concat(OfKind<V1Job>().Select(maker => (maker.Metadata.Name, maker.Spec.Template.Spec)))
            .Concat(OfKind<V1CronJob>().Select(maker => (maker.Metadata.Name, maker.Spec.JobTemplate.Spec.Template.Spec)))
            .Concat(OfKind<V1Pod>().Select(pod => (pod.Metadata.Name, pod.Spec)));

    private static bool IsOfOperators(string document) => OperatorKinds().IsMatch(document);

    [GeneratedRegex(@"^---\s*$", RegexOptions.Multiline)]
    private static partial Regex Separator();

    [GeneratedRegex("^kind: ", RegexOptions.Multiline)]
    private static partial Regex Kind();

    [GeneratedRegex(@"^apiVersion: (cert-manager\.io|monitoring\.coreos\.com|gateway\.networking\.k8s\.io)/", RegexOptions.Multiline)]
    private static partial Regex OperatorKinds();
}
