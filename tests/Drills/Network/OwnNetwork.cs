using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Mailstead.Drills.Network;

/// <summary>
/// The drills cut cables, so they have a network of their own: this process begins anew in a network namespace where only loopback
/// and what it makes itself is. Nobody's ports are taken and nobody's packets are lost. What it mounts it sees alone, too.
/// </summary>
internal static class OwnNetwork
{
    private const string Marker = "DRILLS_IN_OWN_NETWORK";

    /// <summary>True when this process may make networks; only root may, and not in every container.</summary>
    public static bool IsEntered => Environment.GetEnvironmentVariable(Marker) is not null;

    /// <summary>Returns when this process is in a network of its own, or may not make one; else its place is taken by one that is.</summary>
    public static void Enter(string[] arguments)
    {
        const string inside = "ip link set lo up && echo 1 >/proc/sys/net/ipv4/ip_forward && exec \"$@\"";
        if (IsEntered || !Works("unshare", "--net", "--mount", "sh", "-c", inside, "sh", "iptables", "-t", "nat", "-L"))
            return;
        string?[] command =
        [
            "unshare", "--net", "--mount", "sh", "-c", inside, "sh", Environment.ProcessPath,
            // Started by 'dotnet X.dll', the program is dotnet and the first argument is the file.
            .. Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? [typeof(OwnNetwork).Assembly.Location] : Array.Empty<string>(),
            .. arguments, null,
        ];
        // The runtime keeps a copy of the environment; what execvp hands on is the C library's.
        _ = SetEnvironment(Marker, "1", 1);
        _ = Execute("unshare", command);
        throw new Win32Exception(Marshal.GetLastPInvokeError(), "unshare (package util-linux) could not be started");
    }

    private static bool Works(string program, params string[] arguments)
    {
        try
        {
            using var trial = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            trial.WaitForExit();
            return trial.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }

    [DllImport("libc", EntryPoint = "setenv", SetLastError = true, BestFitMapping = false)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int SetEnvironment(
        [MarshalAs(UnmanagedType.LPUTF8Str)] string name, [MarshalAs(UnmanagedType.LPUTF8Str)] string value, int overwrite);

    [DllImport("libc", EntryPoint = "execvp", SetLastError = true, BestFitMapping = false)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int Execute(
        [MarshalAs(UnmanagedType.LPUTF8Str)] string file, [MarshalAs(UnmanagedType.LPArray, ArraySubType = UnmanagedType.LPStr)] string?[] arguments);
}
