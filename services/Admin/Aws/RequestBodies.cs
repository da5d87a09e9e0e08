using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;

namespace Mailstead.Admin.Aws;

/// <summary>
/// Reads bodies before it is known who sends them: memory is taken as octets come and not as they are announced, all bodies together have a
/// limit, and each has a time.
/// </summary>
internal sealed class RequestBodies(AdminOptions options, TimeProvider clock)
{
    private const int FirstOctets = 16 * 1024;

    private readonly AdminOptions options = options;
    private long held;

    /// <summary>Until it is disposed it counts among what is held.</summary>
    /// <exception cref="AwsErrorException">It is too large, of unknown length, or others fill the room.</exception>
    /// <exception cref="BadHttpRequestException">It came too slowly (408), or ended early (400).</exception>
    public async Task<Body> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var hasNone = HttpMethods.IsGet(request.Method) && request.Headers.TransferEncoding.Count == 0;
        if ((request.ContentLength ?? (hasNone ? 0 : null)) is not { } length)
            throw new AwsErrorException(AwsError.Serialization("Content-Length is required"));
        if (length > options.BodyOctetsMax)
            throw new AwsErrorException(AwsError.Serialization($"A body has at most {options.BodyOctetsMax} octets"));
        using var patience = new CancellationTokenSource(options.BodyTimeout, clock);
        // Not by cancelling a read: what is left of the body could not be taken off the wire after that.
        await using var ending = patience.Token.UnsafeRegister(static reader => ((PipeReader)reader!).CancelPendingRead(), request.BodyReader);
        var body = new Body(this);
        try
        {
            await FillAsync(body, request.BodyReader, (int)length, cancellationToken);
            return body;
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    private async Task FillAsync(Body body, PipeReader reader, int length, CancellationToken cancellationToken)
    {
        for (var count = 0; count < length;)
        {
            var result = await reader.ReadAsync(cancellationToken);
            var piece = result.Buffer.Slice(0, Math.Min(result.Buffer.Length, length - count));
            var size = (int)piece.Length;
            var room = body.Octets.Length < count + size ? body.Grow(Math.Min(length, Math.Max(FirstOctets, (count + size) * 2))) : true;
            if (room)
                piece.CopyTo(body.Octets.AsSpan(count));
            count += size;
            reader.AdvanceTo(piece.End);
            if (!room)
                throw new AwsErrorException(new AwsError("ThrottlingException", "Too many requests come in at once; try again later"));
            if (result.IsCanceled)
                throw new BadHttpRequestException($"The body did not come within {options.BodyTimeout}", StatusCodes.Status408RequestTimeout);
            if (result.IsCompleted && count < length)
                throw new BadHttpRequestException("The body ended early");
        }
    }

    /// <summary>As long as announced once it is whole.</summary>
    internal sealed class Body(RequestBodies all) : IDisposable
    {
        private byte[] octets = [];

        public byte[] Octets => octets;

        /// <summary>False: others fill the room.</summary>
        public bool Grow(int length)
        {
            var more = length - octets.Length;
            if (Interlocked.Add(ref all.held, more) > all.options.BodiesOctetsMax)
            {
                Interlocked.Add(ref all.held, -more);
                return false;
            }

            Array.Resize(ref octets, length);
            return true;
        }

        public void Dispose()
        {
            Interlocked.Add(ref all.held, -octets.Length);
            octets = [];
        }
    }
}
