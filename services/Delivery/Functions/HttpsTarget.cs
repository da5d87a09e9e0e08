using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Mailstead.Delivery.Outbound;

namespace Mailstead.Delivery.Functions;

/// <summary>
/// Functions at HTTPS addresses: a POST of the event. <c>Mailstead-Signature: t=SECONDS,v1=HEX</c> is the HMAC-SHA256, under the organization's secret,
/// of the time, a full stop and the event, so that a function knows whom it comes from and that it is not repeated.
/// </summary>
internal sealed class HttpsTarget : IDisposable
{
    private static readonly TimeSpan ConnectionLife = TimeSpan.FromMinutes(5);

    private readonly MxResolver resolver;
    private readonly TimeProvider clock;
    private readonly HttpClient client;

    public HttpsTarget(MxResolver resolver, DeliveryOptions options, TimeProvider clock)
    {
        (this.resolver, this.clock) = (resolver, clock);
        client = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            PooledConnectionLifetime = ConnectionLife,
            ConnectCallback = ConnectAsync,
            SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = Authorities.PolicyOf(options.FunctionAuthorities) },
        })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    /// <exception cref="FunctionFailedException">It has refused.</exception>
    public async Task<byte[]> InvokeAsync(FunctionRequest request, CancellationToken cancellationToken)
    {
        using var post = new HttpRequestMessage(HttpMethod.Post, request.Target) { Content = new ByteArrayContent(request.Event) };
        post.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        post.Headers.Add("Mailstead-Invocation-Id", request.InvocationId);
        post.Headers.Add("Mailstead-Invocation-Type", request.IsSynchronous ? "RequestResponse" : "Event");
        post.Headers.Add("Mailstead-Signature", Sign(request));
        using var response = await client.SendAsync(post, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        return response.IsSuccessStatusCode
            ? await FunctionTargets.ReadAnswerAsync(response, cancellationToken)
            : throw new FunctionFailedException($"It answered with status {(int)response.StatusCode}");
    }

    public void Dispose() => client.Dispose();

    private string Sign(FunctionRequest request)
    {
        var seconds = clock.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        byte[] signed = [.. Encoding.ASCII.GetBytes(seconds + "."), .. request.Event];
        return $"t={seconds},v1={Convert.ToHexStringLower(HMACSHA256.HashData(request.Secret, signed))}";
    }

    /// <summary>Who may write rules must not reach this machine by them, nor its neighbours.</summary>
    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var addresses = await resolver.FindHostAsync(context.DnsEndPoint.Host, cancellationToken);
        var last = new SocketException((int)SocketError.HostNotFound);
        foreach (var address in addresses)
        {
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(new IPEndPoint(address, context.DnsEndPoint.Port), cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (SocketException failure)
            {
                socket.Dispose();
                last = failure;
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }

        throw last;
    }
}
