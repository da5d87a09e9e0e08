using System.Net;
using FsCheck.Fluent;
using Mailstead.Host.CommandLine;
using Mailstead.Hosting;

namespace Mailstead.Unit.Host;

/// <summary>Settings come from three places, and a wrong one stops the start with a message that helps.</summary>
public sealed class SettingsReaderTests : IDisposable
{
    private static readonly string[] Roles = ["imap", "ingress"];

    private readonly string file = Path.GetTempFileName();

    public void Dispose() => File.Delete(file);

    [Fact]
    public void Nothing_given_means_the_defaults()
    {
        var installation = Read([], []);

        Assert.Equal(10000, installation.PortBase);
        Assert.Equal(IPAddress.Loopback, installation.Listen);
        Assert.Null(installation.Dns);
        Assert.Equal(Roles, installation.Roles.Order());
    }

    [Fact]
    public void An_option_goes_before_a_variable_and_that_before_the_file()
    {
        File.WriteAllText(file, """{"PortBase": 1000, "Hostname": "file.test", "Region": "eu-file-1", "Ingress": {"Timeout": "00:01:00"}}""");

        var installation = Read(
            new() { ["PortBase"] = "3000" }, new() { ["MAILSTEAD_PORT_BASE"] = "2000", ["MAILSTEAD_HOSTNAME"] = "variable.test" }, file);

        Assert.Equal(3000, installation.PortBase);
        Assert.Equal("variable.test", installation.Hostname);
        Assert.Equal("eu-file-1", installation.Region);
    }

    [Theory]
    [InlineData("PortBase", "x", "--port-base (or MAILSTEAD_PORT_BASE, or PortBase in the settings file) is 'x'; allowed: a number from 0 to 58092")]
    [InlineData("PortBase", "-1", "--port-base")]
    [InlineData("PortBase", "64541", "--port-base")]
    [InlineData("Listen", "everywhere", "--listen")]
    [InlineData("Dns", "resolver", "--dns")]
    [InlineData("Hostname", "no host name", "--hostname")]
    [InlineData("Hostname", "", "--hostname")]
    [InlineData("Roles", "imap,cook", "all, or some of imap,ingress")]
    [InlineData("Roles", ",", "--roles")]
    [InlineData("AccountId", "12", "twelve digits")]
    [InlineData("TestDomainSuffix", "-.test", "--test-domain-suffix")]
    public void A_wrong_value_is_named_with_what_is_allowed(string key, string value, string expected)
    {
        var failure = Assert.Throws<SettingException>(() => Read(new() { [key] = value }, []));

        Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
        Assert.Contains($"'{value}'", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"PortBse": 1}""", "'PortBse'")]
    [InlineData("""{"PortBase": """, "not valid JSON")]
    [InlineData("[1]", "not valid JSON")]
    [InlineData("", "not valid JSON")]
    public void A_wrong_file_is_named(string json, string expected)
    {
        File.WriteAllText(file, json);

        var failure = Assert.Throws<SettingException>(() => Read([], [], file));

        Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
        Assert.Contains(file, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_not_there_is_named() =>
        Assert.Contains("no such file", Assert.Throws<SettingException>(() => Read([], [], "/nowhere/settings.json")).Message, StringComparison.Ordinal);

    [Fact]
    public void An_unknown_variable_is_named() =>
        Assert.Contains("MAILSTEAD_PROT_BASE", Assert.Throws<SettingException>(() => Read([], new() { ["MAILSTEAD_PROT_BASE"] = "1" })).Message, StringComparison.Ordinal);

    [Fact]
    public void Whatever_is_set_is_taken_or_refused_with_a_message() => Generated.Check(
        from key in Gen.Elements(KnownSettings.All.Select(setting => setting.Key).Where(key => key != "Demo").ToArray())
        from value in Generated.Text("imap", ",", "1", "65536", ":", "::", "127.0.0.1", ".", "-", "a", " ", "[", "]", "\n", "\0")
        select (key, value),
        setting =>
        {
            try
            {
                Read(new() { [setting.key] = setting.value }, []);
            }
            catch (SettingException refused)
            {
                Assert.Contains($"'{setting.value}'", refused.Message, StringComparison.Ordinal);
            }
        });

    private static InstallationOptions Read(Dictionary<string, string?> options, Dictionary<string, string> variables, string? file = null) =>
        SettingsReader.ToInstallation(SettingsReader.Read(options, variables, file), Roles);
}
