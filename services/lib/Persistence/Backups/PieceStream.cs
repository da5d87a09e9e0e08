namespace Mailstead.Persistence.Backups;

/// <summary>The pieces of a segment, one behind the other.</summary>
internal sealed class PieceStream : Stream
{
    private readonly string folder;
    private readonly List<BodyPiece> pieces;
    private FileStream? current;
    private int next;

    public PieceStream(string folder, List<BodyPiece> pieces, long offset = 0)
    {
        (this.folder, this.pieces) = (folder, pieces);
        while (next < pieces.Count && pieces[next].Offset + pieces[next].Length <= offset)
            next++;
        if (next < pieces.Count && offset > 0)
        {
            current = Open(pieces[next]);
            current.Position = offset - pieces[next++].Offset;
        }
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            var count = current is null ? 0 : await current.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            if (count > 0 || buffer.Length == 0 || next == pieces.Count)
                return count;
            if (current is not null)
                await current.DisposeAsync().ConfigureAwait(false);
            current = Open(pieces[next++]);
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) =>
        throw new NotSupportedException("Pieces are read asynchronously");

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            current?.Dispose();
        base.Dispose(disposing);
    }

    /// <exception cref="BackupException">It is missing or has another length.</exception>
    private FileStream Open(BodyPiece piece)
    {
        var path = Path.Combine(folder, piece.File);
        try
        {
            var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, useAsync: false);
            if (file.Length == piece.Length)
                return file;
            file.Dispose();
            throw new BackupException($"{path} is damaged: it has another length than it was written with");
        }
        catch (IOException failure)
        {
            throw new BackupException($"{path} of the backup can't be read: {failure.Message}", failure);
        }
    }
}
