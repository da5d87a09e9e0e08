using System.Text;
using k8s.Models;

namespace Mailstead.LocalCluster.Processes;

/// <summary>
/// A pod's container as a process: its environment as rendered, with only that replaced which names a place. Secrets become values
/// and files, mounted folders become folders of the replica, Services become addresses on loopback.
/// </summary>
internal sealed class PodOnThisMachine(
    V1PodSpec pod, Replica replica, IReadOnlyDictionary<string, V1Secret> secrets, IReadOnlyList<Replica> everybody)
{
    private const string AddressOf = "MAILSTEAD_Services__Addresses__";
    private const string Listen = "MAILSTEAD_LISTEN";

    private V1Container Container => pod.Containers.Single();

    public IReadOnlyDictionary<string, string> Environment() =>
        Container.Env.ToDictionary(variable => variable.Name, variable => AsSeenFromThere(variable.Name, ValueOf(variable)));

    /// <summary>Makes the folders that are mounted, with the Secrets' content.</summary>
    public void Mount()
    {
        foreach (var mount in Container.VolumeMounts)
        {
            var folder = Directory.CreateDirectory(PlaceOf(mount.MountPath)).FullName;
            if (pod.Volumes.Single(volume => volume.Name == mount.Name).Secret is not { } source)
                continue;
            foreach (var (key, content) in secrets[source.SecretName].Data)
            {
                var file = Path.Combine(folder, key);
                File.WriteAllBytes(file, content);
                File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }
        }
    }

    private string ValueOf(V1EnvVar variable)
    {
        if (variable.ValueFrom?.SecretKeyRef is { } reference)
            return Encoding.UTF8.GetString(secrets[reference.Name].Data[reference.Key]);
        if (variable.Name.StartsWith(AddressOf, StringComparison.Ordinal))
        {
            return string.Join(',', everybody.Where(other => other.Role == variable.Name[AddressOf.Length..]).Select(other => other.Calls));
        }

        return variable.Name switch
        {
            Listen => replica.Address,
            "MAILSTEAD_PORT_BASE" => replica.PortBase.ToString(System.Globalization.CultureInfo.InvariantCulture),
            _ => Container.VolumeMounts.Any(mount => IsBeneath(variable.Value, mount.MountPath)) ? PlaceOf(variable.Value) : variable.Value,
        };
    }

    private string AsSeenFromThere(string name, string value) =>
        replica.Place is { } place && name != Listen ? value.Replace("127.0.0.1", place.Loopback, StringComparison.Ordinal) : value;

    private static bool IsBeneath(string path, string folder) =>
        path == folder || path.StartsWith(folder + "/", StringComparison.Ordinal);

    private string PlaceOf(string path) => path == "/var/lib/mailstead" ? replica.Data : Path.Combine(replica.Folder, path.TrimStart('/'));
}
