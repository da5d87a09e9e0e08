using System.Security.Cryptography;

namespace Mailstead.Kubernetes.Node;

/// <summary>What the node's programs read: keys, access, their configuration. All of it in the node's folder.</summary>
internal sealed class NodeFiles(string folder)
{
    public const string Address = "10.99.0.1";
    public const string ApiServer = "https://127.0.0.1:6443";

    public string Folder => folder;

    public string KubeConfig => In("kubeconfig");

    public string ServiceAccountKey => In("service-accounts.key");

    public string Tokens => In("tokens.csv");

    public string Containerd => In("containerd.toml");

    public string ContainerdSocket => In("containerd.sock");

    public string Kubelet => In("kubelet.yaml");

    public string KubeProxy => In("kube-proxy.yaml");

    public string In(string name) => Path.Combine(folder, name);

    public void Write()
    {
        using var key = RSA.Create(2048);
        File.WriteAllText(ServiceAccountKey, key.ExportRSAPrivateKeyPem());
        var token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(20));
        File.WriteAllText(Tokens, $"{token},admin,admin,system:masters\n");
        File.WriteAllText(KubeConfig,
            $$"""
              apiVersion: v1
              kind: Config
              clusters: [{name: node, cluster: {server: "{{ApiServer}}", insecure-skip-tls-verify: true} }]
              users: [{name: admin, user: {token: "{{token}}"} }]
              contexts: [{name: node, context: {cluster: node, user: admin} }]
              current-context: node

              """);
        WriteContainerd();
        WriteNodePrograms();
    }

    private void WriteContainerd()
    {
        Directory.CreateDirectory(In("cni"));
        // Pods are reached through the node, one by one: what one pod sends to another goes through the node's rules like all else.
        File.WriteAllText(In("cni/10-pods.conflist"),
            $$"""
              {"cniVersion": "0.4.0", "name": "pods", "plugins": [
                {"type": "ptp", "ipMasq": false, "ipam": {"type": "host-local", "subnet": "10.244.0.0/24",
                  "dataDir": "{{In("addresses")}}", "routes": [{"dst": "0.0.0.0/0"}]} }]}

              """);
        File.WriteAllText(Containerd,
            $"""
             version = 2
             root = "{In("containerd/root")}"
             state = "{In("containerd/state")}"
             [grpc]
               address = "{ContainerdSocket}"
             [plugins."io.containerd.grpc.v1.cri"]
               restrict_oom_score_adj = true
               sandbox_image = "localhost/pause:1"
               [plugins."io.containerd.grpc.v1.cri".cni]
                 bin_dir = "/usr/lib/cni"
                 conf_dir = "{In("cni")}"
               [plugins."io.containerd.grpc.v1.cri".containerd]
                 snapshotter = "overlayfs"
                 [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
                   runtime_type = "io.containerd.runc.v2"
                   [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
                     SystemdCgroup = false

             """);
    }

    private void WriteNodePrograms()
    {
        File.WriteAllText(Kubelet,
            $$"""
              apiVersion: kubelet.config.k8s.io/v1beta1
              kind: KubeletConfiguration
              address: {{Address}}
              authentication: {anonymous: {enabled: true}, webhook: {enabled: false} }
              authorization: {mode: AlwaysAllow}
              cgroupDriver: cgroupfs
              clusterDNS: [{{Address}}]
              clusterDomain: cluster.local
              failSwapOn: false
              oomScoreAdj: 0
              maxOpenFiles: 20000
              enforceNodeAllocatable: [none]
              evictionHard: {memory.available: 1%, nodefs.available: 1%, imagefs.available: 1%}
              imageGCHighThresholdPercent: 100
              # Secrets that change reach the pods' files within this time.
              syncFrequency: 10s
              configMapAndSecretChangeDetectionStrategy: Watch
              resolvConf: ""

              """);
        File.WriteAllText(KubeProxy,
            $$"""
              apiVersion: kubeproxy.config.k8s.io/v1alpha1
              kind: KubeProxyConfiguration
              bindAddress: {{Address}}
              clientConnection: {kubeconfig: "{{KubeConfig}}" }
              clusterCIDR: 10.244.0.0/24
              hostnameOverride: node1
              mode: iptables
              conntrack: {maxPerCore: 0, min: 0}

              """);
    }
}
