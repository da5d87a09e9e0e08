using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Mailstead.Cluster.Harness;
using Mailstead.EndToEnd.Harness;

namespace Mailstead.EndToEnd.Administration;

/// <summary>A domain owner's name server (Knot) on loopback, and the owner, who adds records while it runs.</summary>
internal sealed class OwnerZone : IAsyncDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("mailstead-zone-").FullName;
    private readonly string domain;
    private readonly int port = FreePorts.TakeOfBothKinds();
    private readonly Process process;

    public OwnerZone(string domain)
    {
        this.domain = domain;
        File.WriteAllText(Path.Combine(folder, domain + ".zone"), $"$ORIGIN {domain}.\n$TTL 1\n@ SOA ns hostmaster 1 60 60 60 1\n@ NS ns\nns A 127.0.0.1\n");
        var configuration = Path.Combine(folder, "knot.conf");
        File.WriteAllText(
            configuration,
            $"""
             server:
               listen: 127.0.0.1@{port}
               rundir: "{folder}"
             database:
               storage: "{folder}"
             acl:
               - id: owner
                 address: 127.0.0.1
                 action: update
             zone:
               - domain: {domain}
                 file: "{folder}/{domain}.zone"
                 acl: owner
             """);
        process = Process.Start("/usr/sbin/knotd", ["-c", configuration]);
    }

    /// <summary>For <c>--dns</c>.</summary>
    public string Address => $"127.0.0.1:{port}";

    /// <summary>Adds a TXT record by a dynamic update, as soon as the server takes one.</summary>
    public async Task AddTextAsync(string name, string text)
    {
        var update = $"server 127.0.0.1 {port}\nzone {domain}.\nupdate add {name} 1 TXT \"{text}\"\nsend\n";
        for (var attempt = 0; attempt < 120; attempt++)
        {
            if ((await Tool.RunAsync("knsupdate", [], input: update)).ExitCode == 0)
                return;
            Assert.False(process.HasExited, "knotd ended");
            await Task.Delay(500);
        }

        Assert.Fail("knotd took no update within 60 s");
    }

    public async ValueTask DisposeAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
        Directory.Delete(folder, recursive: true);
    }
}
