namespace Mailstead.Kubernetes.Cluster;

/// <summary>A version of the program and the chart that it came with.</summary>
/// <param name="Chart">Folder of the chart.</param>
/// <param name="Repository">Of the image; <paramref name="Tag"/> goes with it.</param>
internal sealed record Version(string Name, string Chart, string Repository, string Tag);
