using System.Runtime.InteropServices;
using Mailstead.Drills;
using Mailstead.Drills.Network;

// The suite, as every other one: Mailstead.Drills.dll [xunit's options]. All drills in full: Mailstead.Drills.dll drills [NAME…]
OwnNetwork.Enter(args);
if (args is not ["drills", ..])
    return await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args);

using var ending = new CancellationTokenSource();
void End(PosixSignalContext signal)
{
    signal.Cancel = true;
    ending.Cancel();
}

using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
return await FullRun.RunAsync(args[1..], Console.Out, ending.Token);
