using System.IO.Pipelines;
using System.Net.Security;
using System.Security.Authentication;

namespace Mailstead.Hosting.Tls;

/// <summary>The encrypted side of a connection that was upgraded by STARTTLS.</summary>
public sealed class TlsTransport : IDuplexPipe, IAsyncDisposable
{
    private readonly SslStream stream;

    internal TlsTransport(SslStream stream)
    {
        this.stream = stream;
        // Zero-byte reads: an idle connection holds no buffer. The stream is disposed here, once, not by either pipe end.
        Input = PipeReader.Create(stream, new StreamPipeReaderOptions(leaveOpen: true, useZeroByteReads: true));
        Output = PipeWriter.Create(stream, new StreamPipeWriterOptions(leaveOpen: true));
    }

    public PipeReader Input { get; }

    public PipeWriter Output { get; }

    public SslProtocols Protocol => stream.SslProtocol;

    public string CipherSuite => stream.NegotiatedCipherSuite.ToString();

    public async ValueTask DisposeAsync()
    {
        await CloseNotify.SendAsync(stream).ConfigureAwait(false);
        await Input.CompleteAsync().ConfigureAwait(false);
        await Output.CompleteAsync().ConfigureAwait(false);
        await stream.DisposeAsync().ConfigureAwait(false);
    }
}
