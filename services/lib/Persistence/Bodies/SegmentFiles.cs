using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Mailstead.Persistence.Bodies;

/// <summary>The files of the segment store: <c>00000001.seg</c> and up for small bodies, one of its own for each large one.</summary>
internal static partial class SegmentFiles
{
    private const string Extension = ".seg";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public static string PathOf(string folder, string segment) => Path.Combine(folder, segment + Extension);

    public static int LastNumber(string folder) =>
        Names(folder).Select(name => int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0)
            .DefaultIfEmpty(0).Max();

    public static IEnumerable<string> Names(string folder) =>
        Directory.EnumerateFiles(folder, "*" + Extension).Select(path => Path.GetFileNameWithoutExtension(path));

    public static (string Name, SafeFileHandle File) Create(string folder, int number)
    {
        var name = number.ToString("D8", CultureInfo.InvariantCulture);
        return (name, Create(folder, name));
    }

    /// <summary>A new file whose directory entry is durable.</summary>
    public static SafeFileHandle Create(string folder, string name)
    {
        var path = PathOf(folder, name);
        using (new FileStream(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerOnly }))
        {
        }

        SyncFolder(folder);
        return File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, FileOptions.None);
    }

    public static void SyncFolder(string folder)
    {
        const int readOnlyDirectory = 0x10000; // O_RDONLY | O_DIRECTORY
        var descriptor = Open(folder, readOnlyDirectory);
        if (descriptor < 0)
            throw new IOException($"The folder of message bodies can't be opened: error {Marshal.GetLastPInvokeError()}");
        var synced = Fsync(descriptor);
        _ = Close(descriptor);
        if (synced != 0)
            throw new IOException("The folder of message bodies can't be synced");
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}
