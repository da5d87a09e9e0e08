using System.Runtime.InteropServices;

namespace Mailstead.Persistence;

/// <summary>Makes the entries of a folder durable: a new file's name survives a power cut only after this.</summary>
public static partial class DurableFolder
{
    private const int ReadOnlyDirectory = 0x10000; // O_RDONLY | O_DIRECTORY

    /// <exception cref="IOException">The folder can't be opened or synced.</exception>
    public static void Sync(string folder)
    {
        var descriptor = Open(folder, ReadOnlyDirectory);
        if (descriptor < 0)
            throw new IOException($"The folder {folder} can't be opened: error {Marshal.GetLastPInvokeError()}");
        var synced = Fsync(descriptor);
        _ = Close(descriptor);
        if (synced != 0)
            throw new IOException($"The folder {folder} can't be synced");
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}
