using System.Runtime.InteropServices;
using Mailstead.Host.CommandLine;
using Mailstead.Hosting;

namespace Mailstead.Host;

/// <summary>Holds the data directory for this process alone until disposed.</summary>
internal sealed partial class DataDirectory : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const int WouldBlock = 11; // EWOULDBLOCK: somebody holds the lock
    private const uint NothingForOthers = 0x3F; // umask 077

    private readonly FileStream held;

    private DataDirectory(FileStream held) => this.held = held;

    /// <exception cref="SettingException">It can't be made, or another process has it.</exception>
    public static DataDirectory Hold(InstallationOptions installation)
    {
        var path = installation.DataDirectory;
        // Files are made by libraries too, such as SQLite, which asks for more than the owner should share.
        _ = Umask(NothingForOthers);
        try
        {
            Directory.CreateDirectory(path, OwnerOnly | UnixFileMode.UserExecute);
            // FileShare.None is an exclusive lock that ends with the process, however that ends.
            return new DataDirectory(new FileStream(Path.Combine(path, "lock"), new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.ReadWrite,
                Share = FileShare.None,
                UnixCreateMode = OwnerOnly,
            }));
        }
        catch (UnauthorizedAccessException refused)
        {
            throw SettingException.For(KnownSettings.Data, path, "a folder that this user can write to; " + refused.Message);
        }
        catch (IOException failure)
        {
            var reason = failure.HResult == WouldBlock ? "another process has it; stop that one or choose another folder" : failure.Message;
            throw SettingException.For(KnownSettings.Data, path, "a folder of its own for each process: " + reason);
        }
    }

    public void Dispose() => held.Dispose();

    [LibraryImport("libc", EntryPoint = "umask")]
    private static partial uint Umask(uint mask);
}
