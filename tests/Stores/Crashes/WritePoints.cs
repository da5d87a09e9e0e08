using System.Collections.Concurrent;

namespace Mailstead.Stores.Crashes;

/// <summary>
/// Takes an image of a data directory before and after everything that is made durable. Each is what a machine that stopped there
/// would have on its disk.
/// </summary>
internal sealed class WritePoints(string data, string images) : IDisposable
{
    private readonly SemaphoreSlim gate = new(1);
    private readonly ConcurrentQueue<CrashImage> taken = new();
    private int count;

    /// <summary>What has been answered to whoever asked: what every later image must keep.</summary>
    public IReadOnlyList<string> Answered { get; set; } = [];

    public IReadOnlyCollection<CrashImage> Taken => taken;

    public async Task PassAsync(string point)
    {
        // Whoever writes at the same time waits: a copy shows one moment.
        await gate.WaitAsync();
        try
        {
            var image = new CrashImage(Path.Combine(images, $"{++count:D4}"), point, Answered);
            Copy(data, image.Folder);
            taken.Enqueue(image);
        }
        finally
        {
            gate.Release();
        }
    }

    public void Dispose() => gate.Dispose();

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var folder in Directory.GetDirectories(from))
            Copy(folder, Path.Combine(to, Path.GetFileName(folder)));
        foreach (var file in Directory.GetFiles(from).Where(file => !file.EndsWith("-shm", StringComparison.Ordinal)))
        {
            var copy = Path.Combine(to, Path.GetFileName(file));
            // Not File.Copy: it takes SQLite's locks for an obstacle.
            using var source = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var target = new FileStream(copy, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            });
            source.CopyTo(target);
        }
    }
}

/// <summary>A stopped machine's disk, and what it had answered before.</summary>
internal sealed record CrashImage(string Folder, string Point, IReadOnlyList<string> Answered);
