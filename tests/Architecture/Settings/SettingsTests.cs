namespace Mailstead.Architecture.Settings;

/// <summary>docs/settings.md says what the Options classes say. <c>./build.sh settings</c> writes it anew.</summary>
public sealed class SettingsTests
{
    private const string Document = "docs/settings.md";

    [Fact]
    public void The_document_lists_every_setting_as_it_is()
    {
        var rendered = SettingsDocument.Render();
        if (Environment.GetEnvironmentVariable("WRITE_SETTINGS") is { Length: > 0 })
            File.WriteAllText(Path.Combine(RepositoryFiles.Root, Document), rendered);

        Assert.True(RepositoryFiles.Read(Document) == rendered, $"{Document} is not what the Options classes say: run ./build.sh settings");
    }

    [Fact]
    public void Every_setting_says_what_it_is_for() =>
        Assert.Empty(OptionsClass.All.SelectMany(options => options.Settings).Where(setting => setting.Summary.Length == 0).Select(setting => setting.Path));

    [Fact]
    public void Every_section_that_is_read_is_known_to_the_host_and_the_other_way_round() =>
        Assert.Equal(
            Host.CommandLine.KnownSettings.Sections.Append("Bodies:S3").Except(["Bodies", "Logging"]).Order(StringComparer.Ordinal),
            OptionsClass.All.Select(options => options.Section).Concat(Host.CommandLine.KnownSettings.Bare.Select(setting => setting.Section))
                .Distinct().Order(StringComparer.Ordinal));
}
