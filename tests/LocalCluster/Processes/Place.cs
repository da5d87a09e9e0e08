namespace Mailstead.LocalCluster.Processes;

/// <summary>A network of a replica's own.</summary>
/// <param name="Address">What the others reach it by.</param>
/// <param name="Loopback">What it reaches by this address is what the others have on 127.0.0.1.</param>
/// <param name="Entry">The command that runs a program there.</param>
internal sealed record Place(string Address, string Loopback, IReadOnlyList<string> Entry);
