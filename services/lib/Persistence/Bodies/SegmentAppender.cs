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

    /// <summary>Small writes go where zeros were written before: a sync of a file that grows costs half as much again.</summary>
    private const int SmallOctetsMax = 64 * 1024;
    private static readonly byte[] Zeros = new byte[1024 * 1024];

    private readonly string folder;
    private readonly List<ReadOnlyMemory<byte>> octets = new(RecordsPerSync);
    private readonly GroupCommit<Record> commits;
    private SafeFileHandle? file;
    private long length;
    private long prepared;
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
        Close();
    }

    private void Append(List<Record> batch)
    {
        octets.Clear();
        foreach (var record in batch)
            octets.Add(record.Octets);
        try
        {
            var segment = OpenSegment();
            Prepare(segment, octets.Sum(record => record.Length));
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
        Close();
        number++;
        (var name, file) = SegmentFiles.Create(folder, ref number);
        Current = name;
        (length, prepared) = (0, 0);
        return file;
    }

    /// <summary>What is left of the zeros when a process is killed is no record, and nothing is written behind it.</summary>
    private void Prepare(SafeFileHandle segment, long needed)
    {
        if (needed > SmallOctetsMax || length + needed <= prepared)
            return;
        RandomAccess.Write(segment, Zeros, length);
        prepared = length + Zeros.Length;
    }

    private void Close()
    {
        if (file is null)
            return;
        if (prepared > length)
            RandomAccess.SetLength(file, length);
        file.Dispose();
        file = null;
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
