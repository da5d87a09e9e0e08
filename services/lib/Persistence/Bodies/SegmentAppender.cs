using Microsoft.Win32.SafeHandles;

namespace Mailstead.Persistence.Bodies;

/// <summary>
/// Appends records to the current segment. All that came while the last sync ran is written with one call and synced once. After
/// an I/O error the segment is left as it is and a new one is begun.
/// </summary>
internal sealed class SegmentAppender : IAsyncDisposable
{
    private const long SegmentOctetsMax = 256L * 1024 * 1024;
    private const int RecordsPerSync = 128;

    private readonly string folder;
    private readonly List<ReadOnlyMemory<byte>> octets = new(RecordsPerSync);
    private readonly GroupCommit<Record> commits;
    private SafeFileHandle? file;
    private long length;
    private int number;

    public SegmentAppender(string folder)
    {
        this.folder = folder;
        number = SegmentFiles.LastNumber(folder);
        commits = new("body segments", RecordsPerSync, RecordsPerSync, Append);
    }

    /// <summary>The segment being written, or null before the first record.</summary>
    public string? Current { get; private set; }

    /// <summary>Durable when it returns; <paramref name="record"/> must not change until then.</summary>
    public async ValueTask<SegmentLocation> AppendAsync(ReadOnlyMemory<byte> record, CancellationToken cancellationToken)
    {
        var waiting = new Record(record);
        await commits.AddAsync(waiting, cancellationToken).ConfigureAwait(false);
        return await waiting.Task.ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await Task.Run(commits.Dispose).ConfigureAwait(false);
        file?.Dispose();
    }

    private void Append(List<Record> batch)
    {
        octets.Clear();
        foreach (var record in batch)
            octets.Add(record.Octets);
        try
        {
            var segment = OpenSegment();
            RandomAccess.Write(segment, octets, length);
            RandomAccess.FlushToDisk(segment);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            Abandon();
            foreach (var record in batch)
                record.TrySetException(new IOException("The message body could not be stored", failure));
            return;
        }

        foreach (var record in batch)
        {
            record.TrySetResult(new SegmentLocation(Current!, length, record.Octets.Length));
            length += record.Octets.Length;
        }
    }

    private SafeFileHandle OpenSegment()
    {
        if (file is not null && length < SegmentOctetsMax)
            return file;
        file?.Dispose();
        (var name, file) = SegmentFiles.Create(folder, ++number);
        Current = name;
        length = 0;
        return file;
    }

    private void Abandon()
    {
        file?.Dispose();
        file = null;
    }

    private sealed class Record(ReadOnlyMemory<byte> octets)
        : TaskCompletionSource<SegmentLocation>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public ReadOnlyMemory<byte> Octets { get; } = octets;
    }
}
