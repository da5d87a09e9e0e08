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
        try
        {
            // RFC 8446 §6.1: without it the client can't tell the end from a cut.
            await stream.ShutdownAsync().ConfigureAwait(false);
        }
        catch (Exception ended) when (ended is IOException or OperationCanceledException or InvalidOperationException)
        {
            // The client has gone already.
        }

        await Input.CompleteAsync().ConfigureAwait(false);
        await Output.CompleteAsync().ConfigureAwait(false);
        await stream.DisposeAsync().ConfigureAwait(false);
    }
}
