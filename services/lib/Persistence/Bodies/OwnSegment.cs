using System.Collections.Concurrent;
using Microsoft.Win32.SafeHandles;

namespace Mailstead.Persistence.Bodies;

/// <summary>A large record in a file of its own.</summary>
/// <param name="growing">Names the file for as long as it is written.</param>
internal sealed class OwnSegment(string folder, ConcurrentDictionary<string, bool> growing, Guid bodyId) : OwnRecord
{
    private readonly string name = "x" + bodyId.ToString("N");
    private SafeFileHandle? file;
    private bool isComplete;

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> octets, CancellationToken cancellationToken)
    {
        growing[name] = true;
        file ??= SegmentFiles.Create(folder, name);
        await RandomAccess.WriteAsync(file, octets, Length, cancellationToken).ConfigureAwait(false);
        Length += octets.Length;
    }

    public override async ValueTask<string> CompleteAsync(ReadOnlyMemory<byte> header, CancellationToken cancellationToken)
    {
        var written = file ?? throw new InvalidOperationException("Nothing was written");
        RandomAccess.FlushToDisk(written);
        await RandomAccess.WriteAsync(written, header, 0, cancellationToken).ConfigureAwait(false);
        RandomAccess.FlushToDisk(written);
        isComplete = true;
        return new SegmentLocation(name, 0, Length).ToString();
    }

    public override ValueTask DisposeAsync()
    {
        file?.Dispose();
        if (file is not null && !isComplete)
            File.Delete(SegmentFiles.PathOf(folder, name));
        growing.TryRemove(name, out _);
        return ValueTask.CompletedTask;
    }
}
