using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Xml;
using Mailstead.Contracts.Admin.V1;
using Mailstead.Contracts.Directories.V1;

namespace Mailstead.Directories.Availability;

/// <summary>Signs in at an EWS provider with a request that changes nothing: whether it can be reached, and takes the credentials.</summary>
internal sealed class ProviderTest : IDisposable
{
    private const int AnswerOctetsMax = 256 * 1024;

    /// <summary>As long as a provider may take to answer at all.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(25);

    private static readonly IPNetwork LinkLocal = IPNetwork.Parse("169.254.0.0/16");

    private const string Request =
        """
        <?xml version="1.0" encoding="utf-8"?>
        <s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"
                    xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages">
          <s:Header><t:RequestServerVersion Version="Exchange2010_SP2"/></s:Header>
          <s:Body>
            <m:GetFolder>
              <m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape>
              <m:FolderIds><t:DistinguishedFolderId Id="calendar"/></m:FolderIds>
            </m:GetFolder>
          </s:Body>
        </s:Envelope>
        """;

    // Redirects would carry the credentials to whoever the answer names.
    private readonly HttpClient client = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        ConnectCallback = ConnectAsync,
    })
    {
        Timeout = Patience,
        MaxResponseContentBufferSize = AnswerOctetsMax,
    };

    /// <summary>Null: it passes. Else why not.</summary>
    public async Task<string?> RunAsync(StoredAvailabilityProvider provider, CancellationToken cancellationToken)
    {
        if (provider.EwsProvider is not { } ews)
            return "This installation has no function of this ARN that it could call";
        try
        {
            return await AskAsync(ews, cancellationToken);
        }
        catch (HttpRequestException failure)
        {
            return $"The endpoint can't be reached: {failure.HttpRequestError}";
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return $"The endpoint did not answer within {Patience.TotalSeconds} seconds";
        }
    }

    public void Dispose() => client.Dispose();

    private async Task<string?> AskAsync(EwsAvailabilityProvider ews, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, ews.EwsEndpoint);
        request.Content = new StringContent(Request, Encoding.UTF8, "text/xml");
        request.Headers.Authorization = new AuthenticationHeaderValue(
            "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{ews.EwsUsername}:{ews.EwsPassword}")));
        using var response = await client.SendAsync(request, cancellationToken);
        if (response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
            return "The endpoint refuses the user name and password";
        if (response.StatusCode != HttpStatusCode.OK)
            return $"The endpoint answered with status {(int)response.StatusCode}";
        return IsEnvelope(await response.Content.ReadAsStringAsync(cancellationToken)) ? null : "The endpoint's answer is none of EWS";
    }

    /// <summary>Not to link-local addresses: what answers there (a cloud's metadata service) is meant for this machine alone.</summary>
    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var addresses = await Dns.GetHostAddressesAsync(context.DnsEndPoint.Host, cancellationToken);
        var allowed = Array.FindAll(addresses, address => !IsLinkLocal(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address));
        if (allowed.Length == 0)
            throw new HttpRequestException(HttpRequestError.NameResolutionError);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(allowed, context.DnsEndPoint.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static bool IsLinkLocal(IPAddress address) => address.IsIPv6LinkLocal || LinkLocal.Contains(address);

    private static bool IsEnvelope(string answer)
    {
        try
        {
            using var text = new StringReader(answer);
            using var reader = XmlReader.Create(text, new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null });
            return reader.MoveToContent() == XmlNodeType.Element
                && reader is { LocalName: "Envelope", NamespaceURI: "http://schemas.xmlsoap.org/soap/envelope/" };
        }
        catch (XmlException)
        {
            return false;
        }
    }
}
