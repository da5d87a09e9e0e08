using Mailstead.LocalCluster.Chart;

namespace Mailstead.Charts;

/// <summary>What an operator may write into values, and what is refused before it reaches a cluster.</summary>
public sealed class ValuesTests
{
    public static TheoryData<string> EachSet => Rendered.EachSet;

    [Theory]
    [MemberData(nameof(EachSet))]
    public async Task Every_set_of_values_passes_helm_s_own_check(string set)
    {
        var (code, said) = await Helm.LintAsync(Rendered.FileOf(set));

        Assert.True(code == 0, said);
    }

    [Theory]
    [InlineData("hostnam=mail.example.com", "hostnam")]
    [InlineData("roles.smtp.replicas=1", "smtp")]
    [InlineData("roles.imap.replica=1", "replica")]
    [InlineData("roles.imap.replicas=-1", "/roles/imap/replicas")]
    [InlineData("roles.imap.settings.PortBase=1", "PortBase")]
    [InlineData("hostname=not a name", "/hostname")]
    [InlineData("hostname=", "hostname must be set")]
    [InlineData("accountId=12", "/accountId")]
    [InlineData("image.pullPolicy=Sometimes", "/image/pullPolicy")]
    [InlineData("image.digest=sha256:12", "/image/digest")]
    [InlineData("mailServices.proxyProtocol.from={everywhere}", "/mailServices/proxyProtocol/from")]
    [InlineData("mailServices.proxyProtocol.enabled=true", "proxyProtocol.from must name")]
    [InlineData("tls.certManager.enabled=true", "issuerRef.name must name")]
    [InlineData("backup.enabled=true", "backup.claimName must name")]
    [InlineData("backup.schedule=daily", "/backup/schedule")]
    [InlineData("secrets.database.password=secret", "password")]
    [InlineData("telemetry.otlp=collector:4317", "/telemetry/otlp")]
    public async Task A_value_that_means_nothing_is_refused_by_name(string value, string named) =>
        Assert.Contains(
            named, await Helm.RefusalAsync(Rendered.FileOf("small"), "--set", value),
            StringComparison.Ordinal);

    [Fact]
    public async Task Old_clusters_get_the_versions_that_they_know()
    {
        var text = await Helm.TemplateAsync(Rendered.FileOf("production"), "--kube-version", "1.20.2");

        Assert.Contains("apiVersion: policy/v1beta1", text, StringComparison.Ordinal);
        Assert.Contains("apiVersion: autoscaling/v2beta2", text, StringComparison.Ordinal);
        Assert.Contains("apiVersion: batch/v1beta1", text, StringComparison.Ordinal);
        Assert.DoesNotContain("preStop", text, StringComparison.Ordinal);
        Assert.DoesNotContain("apiVersion: policy/v1\n", text, StringComparison.Ordinal);
    }
}
