using System.Net;
using Mailstead.Protocols.Spf;
using Mailstead.Unit.Protocols.Dns;
using YamlDotNet.RepresentationModel;

namespace Mailstead.Unit.Protocols.Spf;

/// <summary>
/// Cases in the format of the openspf test suite: our own beside this file, and those of the file that SPF_TEST_SUITE names, such as the suite's
/// rfc7208-tests.yml.
/// </summary>
public sealed class SpfSuiteTests
{
    private static readonly string Own = Path.Combine(AppContext.BaseDirectory, "Protocols", "Spf", "cases.yml");

    [Fact]
    public Task Our_cases() => RunAsync(Own);

    [Fact]
    public async Task The_suite_that_is_named()
    {
        if (Environment.GetEnvironmentVariable("SPF_TEST_SUITE") is { Length: > 0 } suite)
            await RunAsync(suite);
    }

    private static async Task RunAsync(string file)
    {
        var yaml = new YamlStream();
        using (var reader = new StreamReader(file))
            yaml.Load(reader);
        var wrong = new List<string>();
        var count = 0;
        foreach (var document in yaml.Documents.Select(document => (YamlMappingNode)document.RootNode))
        {
            var zone = ReadZone((YamlMappingNode)document["zonedata"]);
            foreach (var (name, test) in ((YamlMappingNode)document["tests"]).Children)
            {
                count++;
                if (await RunAsync(zone, (YamlMappingNode)test) is { } difference)
                    wrong.Add($"{Text(document, "description")} / {name}: {difference}");
            }
        }

        Assert.True(wrong.Count == 0 && count > 0, $"{wrong.Count} of {count}\n{string.Join('\n', wrong)}");
    }

    private static async Task<string?> RunAsync(ZoneDns zone, YamlMappingNode test)
    {
        var (helo, mailFrom) = (Text(test, "helo"), Text(test, "mailfrom"));
        var sender = mailFrom.Length == 0 ? "postmaster@" + helo : mailFrom.Contains('@', StringComparison.Ordinal) ? mailFrom : "postmaster@" + mailFrom;
        var question = new SpfQuestion(IPAddress.Parse(Text(test, "host")), sender, helo, "receiver.example");
        var result = await SpfCheck.RunAsync(zone, question, TimeProvider.System, CancellationToken.None);
        string[] expected = test.Children[new YamlScalarNode("result")] is YamlSequenceNode several ? [.. several.Select(one => one.ToString())] : [Text(test, "result")];
        var outcome = result.Outcome.ToString().ToLowerInvariant();
        if (!expected.Contains(outcome))
            return $"{outcome} in place of {string.Join(" or ", expected)} ({result.Reason})";
        var explanation = Text(test, "explanation");
        return explanation.Length > 0 && explanation != "DEFAULT" && explanation != result.Explanation ? $"'{result.Explanation}' in place of '{explanation}'" : null;
    }

    /// <summary>An SPF record is served as TXT too, unless the name has TXT entries of its own.</summary>
    private static ZoneDns ReadZone(YamlMappingNode data)
    {
        var zone = new ZoneDns();
        foreach (var (name, records) in data.Children)
        {
            var entries = ((YamlSequenceNode)records).SelectMany(Entries).ToList();
            foreach (var (type, value) in entries)
            {
                if (type == "SPF" && !entries.Exists(entry => entry.Type == "TXT"))
                    zone.Add(name.ToString(), "TXT", value);
                else if (value != "NONE")
                    zone.Add(name.ToString(), type, value);
            }
        }

        return zone;
    }

    private static IEnumerable<(string Type, string Value)> Entries(YamlNode record)
    {
        if (record is not YamlMappingNode mapping)
        {
            yield return (record.ToString(), "");
            yield break;
        }

        foreach (var (type, value) in mapping.Children)
        {
            var joined = value is YamlSequenceNode parts ? string.Join(type.ToString() == "MX" ? " " : "", parts.Select(Scalar)) : Scalar(value);
            yield return (type.ToString(), joined);
        }
    }

    private static string Scalar(YamlNode node) => ((YamlScalarNode)node).Value ?? "";

    private static string Text(YamlMappingNode node, string name) =>
        node.Children.TryGetValue(new YamlScalarNode(name), out var value) && value is YamlScalarNode { Value: { } text } ? text : "";
}
