using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Mailstead.Hosting.Tls;
using Mailstead.Persistence.Bodies.S3;

namespace Mailstead.Stores.Harness;

/// <summary>
/// A Ceph object gateway of our own, in memory, on loopback: monitor, one store, gateway. The shell around them ends them when
/// this process does, however that ends.
/// </summary>
internal sealed class RadosGateway : IAsyncDisposable
{
    private const int AttemptsMax = 3;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly string folder;
    private readonly Process shell;
    private readonly int tlsPort;

    private RadosGateway(string folder, Process shell, int port, int tlsPort) =>
        (this.folder, this.shell, Port, this.tlsPort) = (folder, shell, port, tlsPort);

    public int Port { get; }

    /// <summary>Options for a new bucket's worth of names: every store of the tests has a prefix of its own.</summary>
    public S3Options NewOptions() => new()
    {
        Bucket = "bodies",
        Prefix = Guid.NewGuid().ToString("N") + "/",
        Endpoint = $"http://127.0.0.1:{Port}",
        AccessKeyId = "test-access-key",
        SecretAccessKey = "test-secret-key",
    };

    /// <summary>The same over TLS, with the authority behind its certificate.</summary>
    public S3Options NewOptionsWithTls()
    {
        var options = NewOptions();
        (options.Endpoint, options.Authorities) = ($"https://localhost:{tlsPort}", Path.Combine(folder, "ca.pem"));
        return options;
    }

    /// <summary>Ceph's daemons sometimes fail to come up right after others went down: a second try is made on a clean folder.</summary>
    public static async Task<RadosGateway> StartAsync()
    {
        for (var attempt = 1; ; attempt++)
        {
            var started = await StartOnceAsync();
            if (await started.IsReadyAsync())
                return started;
            var said = await File.ReadAllTextAsync(Path.Combine(started.folder, "said"));
            await started.DisposeAsync();
            if (attempt == AttemptsMax)
                throw new InvalidOperationException("The object gateway did not come up: " + said);
        }
    }

    public async ValueTask DisposeAsync()
    {
        shell.StandardInput.Close();
        await shell.WaitForExitAsync();
        shell.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private static async Task<RadosGateway> StartOnceAsync()
    {
        var folder = Directory.CreateDirectory($"/tmp/mailstead-s3-{Guid.NewGuid():N}").FullName;
        var (port, tlsPort) = (FreePort(), FreePort());
        var fsid = Guid.NewGuid();
        await File.WriteAllTextAsync(Path.Combine(folder, "ceph.conf"), Configuration(folder, fsid, FreePort(), port, tlsPort));
        CertificateAuthority.LoadOrCreate(folder, "Test object store", TimeProvider.System)!.Issue(folder, "store", "localhost", ["localhost"], [IPAddress.Loopback]);
        await File.WriteAllTextAsync(Path.Combine(folder, "run.sh"), Script(fsid, Guid.NewGuid()));
        var shell = Process.Start(new ProcessStartInfo("bash", [Path.Combine(folder, "run.sh"), folder])
        {
            RedirectStandardInput = true,
            WorkingDirectory = folder,
        })!;
        return new RadosGateway(folder, shell, port, tlsPort);
    }

    private async Task<bool> IsReadyAsync()
    {
        var waiting = Stopwatch.StartNew();
        while (waiting.Elapsed < Patience && !shell.HasExited)
        {
            if (File.Exists(Path.Combine(folder, "ready")))
                return true;
            await Task.Delay(100);
        }

        return false;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static string Configuration(string folder, Guid fsid, int monitorPort, int port, int tlsPort) => string.Create(CultureInfo.InvariantCulture,
        $"""
         [global]
         fsid = {fsid}
         mon host = [v1:127.0.0.1:{monitorPort}/0]
         mon initial members = a
         public addr = 127.0.0.1
         cluster addr = 127.0.0.1
         ms bind ipv6 = false
         ms bind msgr2 = false
         auth cluster required = none
         auth service required = none
         auth client required = none
         osd pool default size = 1
         osd pool default min size = 1
         osd pool default pg num = 1
         osd pool default pg autoscale mode = off
         osd crush chooseleaf type = 0
         mon allow pool size one = true
         mon max pg per osd = 5000
         osd objectstore = memstore
         memstore device bytes = 1073741824
         mon data = {folder}/mon
         osd data = {folder}/osd
         run dir = {folder}
         log file = {folder}/$name.log
         admin socket = {folder}/$name.asok
         pid file = {folder}/$name.pid
         [client.rgw]
         rgw frontends = beast endpoint=127.0.0.1:{port} ssl_endpoint=127.0.0.1:{tlsPort} ssl_certificate={folder}/store.pem ssl_private_key={folder}/store.key
         rgw data = {folder}/rgw

         """);

    private static string Script(Guid fsid, Guid store) =>
        $$"""
        trap '' TERM INT HUP
        exec 3<&0 </dev/null >"$1/said" 2>&1
        cd "$1"; mkdir -p mon osd rgw
        C=ceph.conf; pids=()
        address=$(sed -n 's/^mon host = \(.*\)$/\1/p' $C)
        export CEPH_CONF=$C
        end() { touch ended; for pid in "${pids[@]}"; do pkill -KILL -P "$pid"; kill -KILL "$pid"; done; wait; exit 0; }
        ( read -r _ <&3; touch ended ) &
        watcher=$!
        steps() {
          monmaptool --create --clobber --addv a "$address" --fsid {{fsid}} monmap || return 1
          ceph-mon -c $C --mkfs -i a --monmap monmap || return 1
          ceph-mon -c $C -f -i a & pids+=($!)
          timeout 60 ceph -c $C osd new {{store}} 0 || return 1
          ceph-osd -c $C -i 0 --mkfs --osd-uuid {{store}} || return 1
          timeout 60 ceph -c $C osd crush add osd.0 1.0 root=default host=localhost || return 1
          # It sometimes gives up when it knows the monitor too little yet.
          ( until ceph-osd -c $C -f -i 0; do [ -e ended ] && break; sleep 0.2; done ) & pids+=($!)
          for i in $(seq 100); do timeout 5 ceph -c $C osd stat | grep -q ' 1 up' && break; sleep 0.2; done
          radosgw -c $C -f -n client.rgw & pids+=($!)
          timeout 80 radosgw-admin -c $C --no-mon-config user create --uid=test --display-name=test --access-key=test-access-key --secret-key=test-secret-key || return 1
          port=$(sed -n 's/.*beast endpoint=127.0.0.1:\([0-9]*\) .*$/\1/p' $C)
          for i in $(seq 300); do curl -s -o /dev/null "http://127.0.0.1:$port/" && break; sleep 0.1; done
          AWS_ACCESS_KEY_ID=test-access-key AWS_SECRET_ACCESS_KEY=test-secret-key AWS_DEFAULT_REGION=us-east-1 \
            /usr/bin/aws --endpoint-url "http://127.0.0.1:$port" s3 mb s3://bodies || return 1
          # The first object makes the gateway make its pools, which a busy machine takes too long over for whoever stores it.
          for i in $(seq 10); do
            echo first | AWS_ACCESS_KEY_ID=test-access-key AWS_SECRET_ACCESS_KEY=test-secret-key AWS_DEFAULT_REGION=us-east-1 \
              timeout 60 /usr/bin/aws --endpoint-url "http://127.0.0.1:$port" s3 cp - s3://bodies/first && break
            sleep 1
          done
          touch ready
        }
        steps || end
        wait $watcher
        end
        """;
}
