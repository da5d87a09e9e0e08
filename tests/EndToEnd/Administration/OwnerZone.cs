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
    private readonly string? key;

    /// <param name="key">In base64, of the key <c>writer</c> (HMAC-SHA-256) that updates are signed with; null: they are not.</param>
    public OwnerZone(string domain, string? key = null)
    {
        (this.domain, this.key) = (domain, key);
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
             {(key is null ? "" : $"key:\n  - id: writer\n    algorithm: hmac-sha256\n    secret: {key}")}
             acl:
               - id: owner
                 {(key is null ? "address: 127.0.0.1" : "key: writer")}
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
    public Task AddTextAsync(string name, string text) => ChangeAsync($"add {name} 1 TXT \"{text}\"");

    /// <summary>Changes records by a dynamic update, as soon as the server takes one.</summary>
    /// <param name="changes">As knsupdate has them: <c>add NAME TTL TYPE VALUE</c>, <c>delete NAME TYPE</c>.</param>
    public async Task ChangeAsync(params string[] changes)
    {
        var signing = key is null ? "" : $"key hmac-sha256:writer {key}\n";
        var update = $"server 127.0.0.1 {port}\nzone {domain}.\n{signing}{string.Concat(changes.Select(change => $"update {change}\n"))}send\n";
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
