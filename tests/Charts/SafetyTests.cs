using k8s.Models;

namespace Mailstead.Charts;

/// <summary>What a pod of the chart may do, who reaches it and what stands in its manifest.</summary>
public sealed class SafetyTests(Rendered rendered) : IClassFixture<Rendered>
{
    private static readonly string[] Edges = ["admin", "imap", "ingress", "submission"];
    private static readonly string[] Engines = ["postgresql", "rabbitmq", "redis", "s3"];

    public static TheoryData<string> EachSet => Rendered.EachSet;

    [Theory]
    [MemberData(nameof(EachSet))]
    public void Every_manifest_is_one_that_Kubernetes_knows_to_the_last_member(string set)
    {
        Assert.NotEmpty(rendered[set].All);
        Assert.All(rendered[set].All, manifest => Assert.NotNull(((k8s.IKubernetesObject<V1ObjectMeta>)manifest).Metadata.Name));
    }

    [Theory]
    [MemberData(nameof(EachSet))]
    public void No_manifest_holds_a_secret(string set)
    {
        Assert.Empty(rendered[set].OfKind<V1Secret>());
        Assert.All(Variables(set), variable => Assert.False(
            IsSecret(variable.Name) && variable.ValueFrom?.SecretKeyRef is null, $"{variable.Name} stands in the manifest"));
    }

    [Theory]
    [MemberData(nameof(EachSet))]
    public void Every_pod_is_an_unprivileged_user_without_a_token(string set) => Assert.All(rendered[set].Pods, pod =>
    {
        Assert.True(pod.Spec.SecurityContext.RunAsNonRoot, pod.Name);
        Assert.NotEqual(0, pod.Spec.SecurityContext.RunAsUser);
        Assert.Equal("RuntimeDefault", pod.Spec.SecurityContext.SeccompProfile.Type);
        Assert.False(pod.Spec.AutomountServiceAccountToken);
        Assert.False(pod.Spec.EnableServiceLinks);
        Assert.NotEqual(true, pod.Spec.HostNetwork);
        Assert.All(pod.Spec.Containers, container =>
        {
            Assert.False(container.SecurityContext.AllowPrivilegeEscalation);
            Assert.Equal(["ALL"], container.SecurityContext.Capabilities.Drop);
            Assert.NotEmpty(container.Resources.Requests);
        });
    });

    [Theory]
    [MemberData(nameof(EachSet))]
    public void Our_own_containers_write_to_nothing_but_scratch_space_and_need_no_shell(string set) =>
        Assert.All(rendered[set].Pods.Where(pod => !Engines.Any(engine => pod.Name.EndsWith(engine, StringComparison.Ordinal))), pod =>
        {
            var container = Assert.Single(pod.Spec.Containers);
            Assert.True(container.SecurityContext.ReadOnlyRootFilesystem);
            Assert.Null(container.Command);
            var writable = container.VolumeMounts.Where(mount => mount.ReadOnlyProperty != true).Select(mount => mount.Name);
            Assert.All(writable, name => Assert.True(
                pod.Spec.Volumes.Single(volume => volume.Name == name) is { EmptyDir: not null } or { PersistentVolumeClaim: not null }));
        });

    [Theory]
    [MemberData(nameof(EachSet))]
    public void Only_mail_edges_are_reached_from_outside(string set)
    {
        var outside = rendered[set].OfKind<V1Service>().Where(service => service.Spec.Type is "LoadBalancer" or "NodePort");
        Assert.All(outside, service => Assert.Contains(service.Spec.Selector["app.kubernetes.io/component"], Edges));
        Assert.All(rendered[set].OfKind<V1Ingress>().SelectMany(ingress => ingress.Spec.Rules).SelectMany(rule => rule.Http.Paths), path =>
            Assert.Equal("mailstead-http", path.Backend.Service.Name));
        Assert.All(outside.SelectMany(service => service.Spec.Ports), port =>
            Assert.Contains(port.Name, new[] { "smtp", "submission", "submissions", "imap", "imaps" }));
    }

    [Fact]
    public void Production_faces_the_world_with_all_of_its_mail_edges() =>
        Assert.Equal(
            ["imap", "ingress", "submission"],
            rendered["production"].OfKind<V1Service>().Where(service => service.Spec.Type == "LoadBalancer")
                .Select(service => service.Spec.Selector["app.kubernetes.io/component"]).Order());

    [Theory]
    [InlineData("production")]
    [InlineData("trial")]
    public void Each_pod_has_a_policy_and_only_edges_let_strangers_in(string set)
    {
        var policies = Policies(set);

        Assert.Subset(policies.Keys.ToHashSet(), rendered[set].Roles.Keys.ToHashSet());
        Assert.All(policies, policy =>
        {
            var open = policy.Value.Ingress.Where(rule => rule.FromProperty is not { Count: > 0 }).SelectMany(rule => rule.Ports);
            Assert.True(Edges.Contains(policy.Key) || !open.Any(), $"{policy.Key} lets anybody in");
        });
        Assert.Equal(["imap", "imaps"], OpenPorts(policies["imap"]));
    }

    [Theory]
    [InlineData("production")]
    [InlineData("trial")]
    public void Only_core_roles_reach_databases_and_bodies(string set) => Assert.All(Policies(set).Where(policy => Edges.Contains(policy.Key)), edge =>
    {
        string[] stores = ["5432", "443", "8333", "6379", "6380"];
        Assert.Empty(edge.Value.Egress.SelectMany(rule => rule.Ports ?? []).Select(port => port.Port.Value).Intersect(stores));
        Assert.DoesNotContain(Variables(set, edge.Key), variable => variable.Name.Contains("__PostgreSql", StringComparison.Ordinal)
            || variable.Name.Contains("_Bodies__", StringComparison.Ordinal) || variable.Name.Contains("_Keys__", StringComparison.Ordinal));
    });

    [Fact]
    public void What_a_role_may_reach_besides_is_its_own() => Assert.All(Policies("production"), policy => Assert.Equal(
        policy.Key == "keys", policy.Value.Egress.Any(rule => rule.To is [{ IpBlock.Cidr: "192.0.2.0/24" }])));

    [Fact]
    public void Every_role_survives_a_drained_node()
    {
        var production = rendered["production"];
        Assert.Equal(production.Roles.Count, production.OfKind<V1PodDisruptionBudget>().Count);
        Assert.All(production.Roles, role =>
        {
            Assert.Equal(2, role.Value.Spec.Template.Spec.TopologySpreadConstraints.Count);
            Assert.Equal("0", role.Value.Spec.Strategy.RollingUpdate.MaxUnavailable.Value);
            var scaled = production.OfKind<V2HorizontalPodAutoscaler>().SingleOrDefault(scaler => scaler.Spec.ScaleTargetRef.Name == role.Value.Metadata.Name);
            Assert.True((scaled?.Spec.MinReplicas ?? role.Value.Spec.Replicas) >= 2);
            // Who scales decides how many there are: an upgrade doesn't set it back.
            Assert.NotEqual(scaled is null, role.Value.Spec.Replicas is null);
        });
    }

    private static List<string> OpenPorts(V1NetworkPolicySpec policy) =>
        [.. policy.Ingress.Where(rule => rule.FromProperty is not { Count: > 0 }).SelectMany(rule => rule.Ports).Select(port => port.Port.Value).Order()];

    private static bool IsSecret(string name) =>
        new[] { "Key", "PostgreSql", "RabbitMq", "Redis", "PASS", "SECRET", "DATABASE" }.Any(word => name.Contains(word, StringComparison.Ordinal))
        && !name.EndsWith("PrivateKey", StringComparison.Ordinal);

    private Dictionary<string, V1NetworkPolicySpec> Policies(string set) =>
        rendered[set].OfKind<V1NetworkPolicy>().ToDictionary(
            policy => policy.Spec.PodSelector.MatchLabels["app.kubernetes.io/component"], policy => policy.Spec);

    private IEnumerable<V1EnvVar> Variables(string set) =>
        rendered[set].Pods.SelectMany(pod => pod.Spec.Containers).SelectMany(container => container.Env ?? []);

    private IEnumerable<V1EnvVar> Variables(string set, string role) =>
        rendered[set].Roles[role].Spec.Template.Spec.Containers.Single().Env;
}
