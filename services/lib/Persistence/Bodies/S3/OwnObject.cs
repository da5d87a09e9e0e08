using System.Buffers;
using Amazon.S3.Model;

namespace Mailstead.Persistence.Bodies.S3;

/// <summary>
/// A large record as an object of its own, in parts of 8 MB as it comes. The first part waits in memory for the header that is
/// known last; so a body on its way holds two parts at most, whatever its size.
/// </summary>
internal sealed class OwnObject(S3Bucket bucket, Guid bodyId) : OwnRecord
{
    private const int PartOctets = 8 * 1024 * 1024;

    private readonly string name = "x" + bodyId.ToString("N");
    private readonly List<PartETag> parts = [];
    private readonly byte[] first = ArrayPool<byte>.Shared.Rent(PartOctets);
    private byte[]? later;
    private int firstLength;
    private int laterLength;
    private string? upload;
    private bool isComplete;

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> octets, CancellationToken cancellationToken)
    {
        Length += octets.Length;
        var toFirst = Math.Min(octets.Length, PartOctets - firstLength);
        octets[..toFirst].CopyTo(first.AsMemory(firstLength));
        firstLength += toFirst;
        octets = octets[toFirst..];
        while (octets.Length > 0)
        {
            later ??= ArrayPool<byte>.Shared.Rent(PartOctets);
            var taken = Math.Min(octets.Length, PartOctets - laterLength);
            octets[..taken].CopyTo(later.AsMemory(laterLength));
            laterLength += taken;
            octets = octets[taken..];
            if (laterLength == PartOctets)
                await SendLaterAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public override async ValueTask<string> CompleteAsync(ReadOnlyMemory<byte> header, CancellationToken cancellationToken)
    {
        header.CopyTo(first);
        if (laterLength > 0 && (upload is not null || parts.Count > 0 || firstLength == PartOctets))
            await SendLaterAsync(cancellationToken).ConfigureAwait(false);
        if (upload is null)
        {
            await bucket.PutAsync(name, first.AsMemory(0, firstLength), cancellationToken).ConfigureAwait(false);
        }
        else
        {
            parts.Insert(0, await bucket.UploadPartAsync(name, upload, 1, first.AsMemory(0, firstLength), cancellationToken).ConfigureAwait(false));
            await bucket.CompleteUploadAsync(name, upload, parts, cancellationToken).ConfigureAwait(false);
        }

        isComplete = true;
        return new SegmentLocation(name, 0, Length).ToString();
    }

    public override async ValueTask DisposeAsync()
    {
        ArrayPool<byte>.Shared.Return(first);
        if (later is not null)
            ArrayPool<byte>.Shared.Return(later);
        later = null;
        if (upload is null || isComplete)
            return;
        try
        {
            await bucket.AbortUploadAsync(name, upload, CancellationToken.None).ConfigureAwait(false);
        }
        catch (IOException)
        {
            // The bucket's own rule for unfinished uploads ends it; nothing points to it.
        }
    }

    private async ValueTask SendLaterAsync(CancellationToken cancellationToken)
    {
        upload ??= await bucket.BeginUploadAsync(name, cancellationToken).ConfigureAwait(false);
        var number = parts.Count + 2;
        parts.Add(await bucket.UploadPartAsync(name, upload, number, later.AsMemory(0, laterLength), cancellationToken).ConfigureAwait(false));
        laterLength = 0;
    }
}
