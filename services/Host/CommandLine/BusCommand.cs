namespace Mailstead.Host.CommandLine;

/// <summary>What <c>mailstead bus …</c> does.</summary>
internal enum BusCommand
{
    CountDeadLetters,
    ReplayDeadLetters,
}
