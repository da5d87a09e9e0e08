using System.Collections.Concurrent;
using Mailstead.Host.CommandLine;

namespace Mailstead.Host.Administration.Configuration;

/// <summary>Files name who is meant; the API wants ids. Those of what is made on the way come to be known on the way.</summary>
internal sealed class EntityIds
{
    private static readonly string[] Entities = ["user", "group", "resource"];

    private readonly ConcurrentDictionary<(string Kind, string Name), string> ids = new();
    private readonly ConcurrentDictionary<string, string> names = new(StringComparer.Ordinal);

    public void Add(string kind, string name, string id)
    {
        ids[(kind, name.ToLowerInvariant())] = id;
        names[id] = name;
    }

    public bool Knows(string kind, string name) => ids.ContainsKey((kind, name.ToLowerInvariant()));

    /// <exception cref="SettingException">There is none of this name.</exception>
    public string Require(string kind, string name) =>
        ids.GetValueOrDefault((kind, name.ToLowerInvariant())) ?? throw new SettingException($"There is no {kind} {name}");

    /// <summary>A user, group or resource, whichever has the name.</summary>
    /// <exception cref="SettingException">There is none of this name.</exception>
    public string RequireEntity(string name) =>
        Entities.Where(kind => Knows(kind, name)).Select(kind => Require(kind, name)).FirstOrDefault()
        ?? throw new SettingException($"There is no user, group or resource {name}");

    public string NameOf(string id) => names.GetValueOrDefault(id, id);
}
