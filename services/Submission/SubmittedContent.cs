using System.Text;
using Grpc.Core;
using Mailstead.Contracts.Directories.V1;
using Mailstead.Protocols.Smtp;
using Mailstead.Protocols.Smtp.Server;

namespace Mailstead.Submission;

/// <summary>
/// Holds a user's header back until it is whole, checks and rewrites it, then lets the body stream through.
/// </summary>
internal sealed class SubmittedContent(
    DeliveryContent delivery, SubmittedHeader header, DirectoriesApi.DirectoriesApiClient directories, Principal principal) : ISmtpContent
{
    private const int HeaderOctetsMax = 1024 * 1024;

    private byte[]? held = new byte[4096];
    private int length;
    private bool isHeaderless;
    private SmtpReply? refusal;

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        if (refusal is not null)
            return;
        if (held is null)
        {
            await delivery.WriteAsync(content, cancellationToken);
            return;
        }

        if (length > HeaderOctetsMax)
        {
            refusal = new SmtpReply(552, "5.3.4", "The header is larger than 1 MB");
            return;
        }

        if (length + content.Length > held.Length)
            Array.Resize(ref held, Math.Max(held.Length * 2, length + content.Length));
        content.CopyTo(held.AsMemory(length));
        // The empty line may have begun in what came before; nothing is looked at twice beyond that.
        var from = Math.Max(0, length - 3);
        length += content.Length;
        if (HeaderEnd(from) is > 0 and var end)
            await ReleaseAsync(end, cancellationToken);
    }

    public async ValueTask<SmtpReply> CompleteAsync(CancellationToken cancellationToken)
    {
        if (refusal is null && held is not null)
            await ReleaseAsync(length, cancellationToken);
        return refusal ?? await delivery.CompleteAsync(cancellationToken);
    }

    public ValueTask DisposeAsync() => delivery.DisposeAsync();

    /// <summary>Behind the empty line, or 0 while it has not come.</summary>
    private int HeaderEnd(int from)
    {
        var octets = held.AsSpan(0, length);
        if (octets.StartsWith("\r\n"u8))
            return 2;
        var end = octets[from..].IndexOf("\r\n\r\n"u8);
        return end < 0 ? 0 : from + end + 4;
    }

    private async ValueTask ReleaseAsync(int headerEnd, CancellationToken cancellationToken)
    {
        isHeaderless = FirstField.IsAtStart(held.AsSpan(0, headerEnd)) != true;
        var rewritten = header.Rewrite(held.AsSpan(0, headerEnd));
        var body = held.AsMemory(headerEnd, length - headerEnd);
        held = null;
        refusal = await RefuseAsync(cancellationToken);
        if (refusal is not null)
            return;
        if (header.NeedsSender)
            await delivery.WriteAsync(Encoding.UTF8.GetBytes($"Sender: {principal.PrimaryAddress}\r\n"), cancellationToken);
        await delivery.WriteAsync(rewritten, cancellationToken);
        await delivery.WriteAsync(body, cancellationToken);
    }

    private async ValueTask<SmtpReply?> RefuseAsync(CancellationToken cancellationToken)
    {
        if (isHeaderless)
            return new SmtpReply(554, "5.6.0", "The message must begin with a header field");
        if (header.Defect is { } defect)
            return new SmtpReply(554, "5.6.0", defect);
        try
        {
            return await SenderIdentity.CheckAsync(directories, principal, header, cancellationToken);
        }
        catch (RpcException failure)
        {
            return SmtpFailures.ToReply(failure);
        }
    }
}
