using System.Collections.Concurrent;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Grpc.Net.Client;
using Grpc.Net.Client.Balancer;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Mailstead.Hosting.Grpc.Remote;

/// <summary>The channels to the roles that run in other processes, one each, over HTTP/2 with mutual TLS.</summary>
internal sealed class RemoteServices(
    ServiceContracts contracts, ServicesOptions options, PeerCertificate certificate, TimeProvider clock, ILoggerFactory loggers) : IDisposable
{
    private const int MessageOctetsMax = 64 * 1024 * 1024;

    private readonly ConcurrentDictionary<string, Lazy<GrpcChannel>> channels = new(StringComparer.Ordinal);

    /// <exception cref="RpcException">Unimplemented: no role has the service, or nobody said where that role is.</exception>
    public CallInvoker InvokerFor(string service)
    {
        if (contracts.RoleOf(service) is not { } role)
            throw new RpcException(new Status(StatusCode.Unimplemented, $"No role serves {service}"));
        if (!options.Addresses.ContainsKey(role))
            throw new RpcException(new Status(StatusCode.Unimplemented, $"Services:Addresses:{role} is not set, and this process does not run {role}"));
        return ChannelTo(role).CreateCallInvoker();
    }

    /// <summary>Whether any replica of a role can be reached now.</summary>
    public ConnectivityState StateOf(string role)
    {
        var channel = ChannelTo(role);
        // A channel that nobody has used yet knows nothing; asking makes it look.
        if (channel.State == ConnectivityState.Idle)
            _ = channel.ConnectAsync(CancellationToken.None);
        return channel.State;
    }

    /// <summary>Returns when a replica of a role is reached.</summary>
    public Task ConnectAsync(string role, CancellationToken cancellationToken) => ChannelTo(role).ConnectAsync(cancellationToken);

    /// <summary>The role and where it should be.</summary>
    public string PlaceOf(string role) => $"{role} at {options.Addresses[role]}";

    public void Dispose()
    {
        foreach (var channel in channels.Values.Where(channel => channel.IsValueCreated))
            channel.Value.Dispose();
    }

    private GrpcChannel ChannelTo(string role) => channels.GetOrAdd(role, name => new Lazy<GrpcChannel>(() => Open(name))).Value;

    private GrpcChannel Open(string role)
    {
        var services = new ServiceCollection();
        services.AddSingleton<ResolverFactory>(new AddressResolverFactory(options, clock));
        services.AddSingleton<LoadBalancerFactory, MailboxAffinity.Factory>();
        services.AddSingleton<LoadBalancerFactory, LeastLoaded.Factory>();
        var served = contracts.ServicesOf(role);
        return GrpcChannel.ForAddress($"{AddressResolverFactory.Scheme}:///{role}", new GrpcChannelOptions
        {
            HttpHandler = CreateHandler(role),
            DisposeHttpClient = true,
            Credentials = ChannelCredentials.SecureSsl,
            ServiceProvider = services.BuildServiceProvider(),
            LoggerFactory = loggers,
            ServiceConfig = CallBudgets.ConfigFor(served, NamesMailboxes(served) ? MailboxAffinity.Policy : LeastLoaded.Policy),
            MaxReceiveMessageSize = MessageOctetsMax,
            MaxSendMessageSize = MessageOctetsMax,
            MaxReconnectBackoff = Budgets.ReconnectLongestDelay,
            InitialReconnectBackoff = Budgets.ReconnectFirstDelay,
        });
    }

    private SocketsHttpHandler CreateHandler(string role) => new()
    {
        EnableMultipleHttp2Connections = true,
        // No ConnectTimeout: Grpc.Net.Client 2.84 gives up for ever on a replica when the timeout ends an attempt, because the connection
        // that its balancer then asks for finds the attempt still there. The kernel ends attempts; calls have deadlines of their own.
        KeepAlivePingDelay = Budgets.CallKeepAlive,
        KeepAlivePingTimeout = Budgets.CallKeepAlive / 2,
        PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
        SslOptions = new SslClientAuthenticationOptions
        {
            LocalCertificateSelectionCallback = (_, _, _, _, _) => certificate.OwnCertificate,
            // Addresses are of replicas; what a peer must prove is that it has the role.
            RemoteCertificateValidationCallback = (_, shown, _, _) => certificate.RolesOf(shown as X509Certificate2).Contains(role),
        },
    };

    private static bool NamesMailboxes(IEnumerable<Google.Protobuf.Reflection.ServiceDescriptor> services) =>
        services.SelectMany(service => service.Methods).Any(method => ServiceCallInvoker.MailboxField(method) is not null);
}
