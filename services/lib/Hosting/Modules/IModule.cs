namespace Mailstead.Hosting.Modules;

/// <summary>A service as a process sees it: its role name and, in <see cref="Configure"/>, its table of contents.</summary>
public interface IModule
{
    /// <summary>The name that <c>--roles</c> knows it by, lower case.</summary>
    string Role { get; }

    void Configure(ModuleBuilder module);
}
