namespace Mailstead.Host.CommandLine;

/// <summary>A setting in a section that has no Options class.</summary>
internal sealed record SectionSetting(string Section, string Name, string Default, string Help);
