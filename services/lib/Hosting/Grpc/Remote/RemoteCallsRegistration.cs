using System.Security.Authentication;
using Grpc.Core;
using Mailstead.Contracts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Hosting.Grpc.Remote;

/// <summary>Connects a process that runs some of the roles with those that run the others.</summary>
internal static class RemoteCallsRegistration
{
    /// <summary>64 MB: the index of a folder with millions of messages is one message.</summary>
    private const int MessageOctetsMax = 64 * 1024 * 1024;

    /// <summary>True when the process has a certificate to show to others: it calls them and they call it.</summary>
    public static bool AddServiceCalls(
        this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton<MethodTable>();
        services.AddSingleton<InProcessCallInvoker>();
        if (string.IsNullOrEmpty(configuration["Services:Certificate"]))
        {
            services.AddSingleton<CallInvoker>(provider => provider.GetRequiredService<InProcessCallInvoker>());
            return false;
        }

        services.AddSingleton<Microsoft.Extensions.Options.IValidateOptions<ServicesOptions>, ServicesOptionsValidator>();
        services.AddOptions<ServicesOptions>().BindConfiguration("Services").ValidateOnStart();
        services.AddSingleton(provider => provider.GetRequiredService<Microsoft.Extensions.Options.IOptions<ServicesOptions>>().Value);
        services.AddSingleton(new ServiceContracts(ServiceCatalogue.All));
        services.AddSingleton<PeerCertificate>();
        services.AddSingleton<RemoteServices>();
        services.AddSingleton<CallInvoker, ServiceCallInvoker>();
        services.AddGrpc(options =>
        {
            options.MaxReceiveMessageSize = MessageOctetsMax;
            options.MaxSendMessageSize = MessageOctetsMax;
            options.Interceptors.Add<IncomingCalls>();
        });
        services.AddSingleton<IncomingCalls>();
        return true;
    }

    /// <summary>HTTP/2 with mutual TLS: the handshake wants a certificate of our authority, each call asks what it may.</summary>
    public static void ListenForCalls(this KestrelServerOptions kestrel, System.Net.IPEndPoint endpoint)
    {
        var certificate = kestrel.ApplicationServices.GetRequiredService<PeerCertificate>();
        kestrel.Listen(endpoint, listener =>
        {
            listener.Protocols = HttpProtocols.Http2;
            listener.UseHttps(new TlsHandshakeCallbackOptions
            {
                OnConnection = context =>
                {
                    context.AllowDelayedClientCertificateNegotation = false;
                    return ValueTask.FromResult(new System.Net.Security.SslServerAuthenticationOptions
                    {
                        ServerCertificateContext = certificate.Own,
                        ClientCertificateRequired = true,
                        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                        ApplicationProtocols = [System.Net.Security.SslApplicationProtocol.Http2],
                        RemoteCertificateValidationCallback = (_, shown, _, _) =>
                            certificate.RolesOf(shown as System.Security.Cryptography.X509Certificates.X509Certificate2).Count > 0,
                    });
                },
                HandshakeTimeout = TimeSpan.FromSeconds(10),
            });
        });
    }
}
