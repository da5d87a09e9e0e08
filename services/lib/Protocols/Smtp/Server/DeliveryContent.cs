using Google.Protobuf;
using Grpc.Core;
using Mailstead.Contracts.Delivery.V1;

namespace Mailstead.Protocols.Smtp.Server;

/// <summary>
/// Streams one message to delivery. What fits one chunk goes in one request with the envelope; more goes as it comes, held back
/// when delivery is slower than the client.
/// </summary>
public sealed class DeliveryContent(DeliveryApi.DeliveryApiClient delivery, Envelope envelope, byte[] received) : ISmtpContent
{
    private const int ChunkOctets = 64 * 1024;
    private const int FirstOctets = 8 * 1024;

    private static readonly byte[] EmptyLine = "\r\n"u8.ToArray();

    private byte[]? chunk;
    private byte[] start = [];
    private bool isBegun;
    private int length;
    private AsyncClientStreamingCall<AcceptRequest, AcceptResponse>? call;
    private bool isEnvelopeSent;

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        if (!isBegun)
        {
            content = start.Length == 0 ? content : (byte[])[.. start, .. content.Span];
            var isField = FirstField.IsAtStart(content.Span);
            if (isField is null)
            {
                start = content.ToArray();
                return;
            }

            await BeginAsync(isField.Value);
        }

        await AppendAsync(content);
    }

    private async ValueTask BeginAsync(bool isField)
    {
        isBegun = true;
        if (!isField)
            await AppendAsync(EmptyLine);
    }

    private async ValueTask AppendAsync(ReadOnlyMemory<byte> content)
    {
        if (chunk is null)
            Start();
        while (content.Length > 0)
        {
            if (length == chunk!.Length)
                await MakeRoomAsync();
            var taken = Math.Min(content.Length, chunk.Length - length);
            content[..taken].CopyTo(chunk.AsMemory(length));
            length += taken;
            content = content[taken..];
        }
    }

    public async ValueTask<SmtpReply> CompleteAsync(CancellationToken cancellationToken)
    {
        if (!isBegun)
        {
            await BeginAsync(isField: start.Length == 0);
            await AppendAsync(start);
        }

        try
        {
            await SendAsync(isLast: true);
            var response = await call!.ResponseAsync;
            return new SmtpReply(250, "2.0.0", $"{response.MessageId} accepted");
        }
        catch (RpcException failure)
        {
            return SmtpFailures.ToReply(failure);
        }
    }

    public ValueTask DisposeAsync()
    {
        call?.Dispose();
        return ValueTask.CompletedTask;
    }

    private void Start()
    {
        chunk = new byte[FirstOctets];
        received.CopyTo(chunk, 0);
        length = received.Length;
    }

    private async ValueTask MakeRoomAsync()
    {
        if (chunk!.Length < ChunkOctets)
        {
            Array.Resize(ref chunk, Math.Min(chunk.Length * 2, ChunkOctets));
            return;
        }

        try
        {
            await SendAsync(isLast: false);
        }
        catch (RpcException)
        {
            // The call has ended with a refusal; the client is told at the end of its message.
        }

        chunk = new byte[ChunkOctets];
        length = 0;
    }

    private async ValueTask SendAsync(bool isLast)
    {
        call ??= delivery.Accept();
        var request = new AcceptRequest
        {
            // The array is given away: nobody writes to it any more.
            Data = UnsafeByteOperations.UnsafeWrap(chunk.AsMemory(0, length)),
            Complete = isLast,
        };
        if (!isEnvelopeSent)
            request.Envelope = envelope;
        isEnvelopeSent = true;
        await call.RequestStream.WriteAsync(request);
        if (isLast)
            await call.RequestStream.CompleteAsync();
    }
}
