using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using k8s;
using k8s.Models;

namespace Mailstead.Kubernetes.Node;

/// <summary>
/// The cluster's DNS, as far as pods of the chart ask it: A records of Services, and of the ready pods behind headless ones. Every
/// other name doesn't exist, so that nothing of a trial gets out.
/// </summary>
internal sealed class ClusterDns : IAsyncDisposable
{
    private const string Zone = ".svc.cluster.local";
    private const int HeaderOctets = 12;
    private static readonly TimeSpan RefreshInterval = TimeSpan.FromMilliseconds(500);

    private readonly IKubernetes api;
    private readonly UdpClient socket;
    private readonly CancellationTokenSource ending = new();
    private readonly Task working;
    private volatile Dictionary<string, IPAddress[]> addresses = [];

    public ClusterDns(IKubernetes api, IPEndPoint place)
    {
        (this.api, socket) = (api, new UdpClient(place));
        working = Task.WhenAll(AnswerAsync(), RefreshAsync());
    }

    public async ValueTask DisposeAsync()
    {
        await ending.CancelAsync();
        await working;
        socket.Dispose();
        ending.Dispose();
    }

    private async Task RefreshAsync()
    {
        while (!ending.IsCancellationRequested)
        {
            try
            {
                var services = await api.CoreV1.ListServiceForAllNamespacesAsync(cancellationToken: ending.Token);
                var endpoints = await api.CoreV1.ListEndpointsForAllNamespacesAsync(cancellationToken: ending.Token);
                var behind = endpoints.Items.ToDictionary(KeyOf, Ready);
                addresses = services.Items.ToDictionary(
                    KeyOf,
                    service => service.Spec.ClusterIP == "None" ? behind.GetValueOrDefault(KeyOf(service)) ?? [] : [IPAddress.Parse(service.Spec.ClusterIP)]);
                await Task.Delay(RefreshInterval, ending.Token);
            }
            catch (OperationCanceledException) when (ending.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure) when (failure is HttpRequestException or OperationCanceledException or k8s.Autorest.HttpOperationException)
            {
                // What was known stays known until the server answers again.
            }
        }
    }

    private static string KeyOf(IKubernetesObject<V1ObjectMeta> named) => $"{named.Name()}.{named.Namespace()}{Zone}";

    private static IPAddress[] Ready(V1Endpoints endpoints) =>
        [.. (endpoints.Subsets ?? []).SelectMany(subset => subset.Addresses ?? []).Select(address => IPAddress.Parse(address.Ip))];

    private async Task AnswerAsync()
    {
        while (!ending.IsCancellationRequested)
        {
            try
            {
                var query = await socket.ReceiveAsync(ending.Token);
                if (Answer(query.Buffer) is { } answer)
                    await socket.SendAsync(answer, query.RemoteEndPoint, ending.Token);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (SocketException)
            {
                // The one who asked is gone.
            }
        }
    }

    /// <summary>RFC 1035 §4.1: header, question, and for a question of type A the addresses.</summary>
    private byte[]? Answer(byte[] query)
    {
        if (ReadName(query, out var name) is not { } end || end + 4 > query.Length)
            return null;
        var isThere = addresses.TryGetValue(name, out var found);
        var answers = BinaryPrimitives.ReadUInt16BigEndian(query.AsSpan(end)) == 1 ? found ?? [] : [];
        var answer = new List<byte>(query[..(end + 4)]);
        // A response, authoritative, recursion as wanted; no such name.
        (answer[2], answer[3]) = ((byte)(0x84 | (query[2] & 1)), (byte)(isThere ? 0x80 : 0x83));
        (answer[6], answer[7]) = ((byte)(answers.Length >> 8), (byte)answers.Length);
        for (var i = 8; i < HeaderOctets; i++)
            answer[i] = 0;
        Random.Shared.Shuffle(answers = [.. answers]);
        foreach (var address in answers)
            answer.AddRange([0xC0, HeaderOctets, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, .. address.GetAddressBytes()]);
        return [.. answer];
    }

    private static int? ReadName(byte[] query, out string name)
    {
        var labels = new List<string>();
        var at = HeaderOctets;
        while (at < query.Length && query[at] != 0)
        {
            if (query[at] > 63 || at + query[at] >= query.Length)
                break;
            labels.Add(Encoding.ASCII.GetString(query, at + 1, query[at]));
            at += query[at] + 1;
        }

        name = string.Join('.', labels).ToLowerInvariant();
        return at < query.Length && query[at] == 0 ? at + 1 : null;
    }
}
