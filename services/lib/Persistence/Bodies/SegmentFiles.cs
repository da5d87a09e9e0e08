using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace Mailstead.Persistence.Bodies;

/// <summary>The files of the segment store: <c>00000001.seg</c> and up for small bodies, one of its own for each large one.</summary>
internal static class SegmentFiles
{
    private const string Extension = ".seg";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public static string PathOf(string folder, string segment) => Path.Combine(folder, segment + Extension);

    public static int LastNumber(string folder) =>
        Names(folder).Select(name => int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0)
            .DefaultIfEmpty(0).Max();

    public static IEnumerable<string> Names(string folder) =>
        Directory.EnumerateFiles(folder, "*" + Extension).Select(path => Path.GetFileNameWithoutExtension(path));

    /// <summary>The first of this number or a higher one that isn't there: another process may have added to the folder.</summary>
    public static (string Name, SafeFileHandle File) Create(string folder, ref int number)
    {
        while (true)
        {
            var name = number.ToString("D8", CultureInfo.InvariantCulture);
            if (!File.Exists(PathOf(folder, name)))
                return (name, Create(folder, name));
            number++;
        }
    }

    public static FileStreamOptions Written(FileMode mode) => new() { Mode = mode, Access = FileAccess.Write, UnixCreateMode = OwnerOnly };

    /// <summary>A new file whose directory entry is durable.</summary>
    public static SafeFileHandle Create(string folder, string name)
    {
        var path = PathOf(folder, name);
        using (new FileStream(path, Written(FileMode.CreateNew)))
        {
        }

        DurableFolder.Sync(folder);
        return File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, FileOptions.None);
    }
}
