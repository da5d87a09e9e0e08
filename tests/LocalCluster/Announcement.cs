using Mailstead.LocalCluster.Processes;

namespace Mailstead.LocalCluster;

/// <summary>Tells where everything is, once it is there.</summary>
internal static class Announcement
{
    private static readonly (string Role, string Name, int Port)[] Places =
    [
        ("ingress", "SMTP", 25), ("submission", "submission (STARTTLS)", 587), ("submission", "submission (TLS)", 465),
        ("imap", "IMAP (STARTTLS)", 143), ("imap", "IMAP (TLS)", 993), ("admin", "HTTP", 80), ("admin", "HTTPS", 443),
    ];

    public static void Write(ChartCluster cluster, TextWriter output)
    {
        output.WriteLine("Listening:");
        foreach (var (role, name, port) in Places)
            output.WriteLine($"  {name,-22} {string.Join(", ", cluster.Of(role).Select(process => process.Replica.At(port)))}");
        output.WriteLine("Processes:");
        foreach (var process in cluster.Processes)
            output.WriteLine($"  {process.Replica.Name,-22} {process.Id,8}  {process.Replica.Ready}  log {process.Replica.Log}");
        output.WriteLine("Demo accounts:");
        foreach (var (address, password) in cluster.Accounts())
            output.WriteLine($"  {address,-36} {password}");
        output.WriteLine($"Administrator's access key: {cluster.AccessKeyId} {cluster.SecretAccessKey}");
        output.WriteLine($"Certificate authority:      {cluster.Authority}");
        output.WriteLine("The cluster is ready; Ctrl-C ends it.");
        output.Flush();
    }
}
