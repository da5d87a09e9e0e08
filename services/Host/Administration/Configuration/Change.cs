namespace Mailstead.Host.Administration.Configuration;

/// <summary>One step towards what a file describes.</summary>
/// <param name="Sign"><c>+</c> makes, <c>~</c> changes, <c>-</c> removes.</param>
/// <param name="RunAsync">Ids of what earlier steps make are known when it runs.</param>
internal sealed record Change(char Sign, string What, Func<Task> RunAsync)
{
    public override string ToString() => $"{Sign} {What}";
}
