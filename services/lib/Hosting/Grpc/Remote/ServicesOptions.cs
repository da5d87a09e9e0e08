using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Mailstead.Hosting.Grpc.Remote;

/// <summary>
/// Section <c>Services</c>: where the roles are that run in other processes, and how processes prove to each other who they
/// are. All of it is unused when one process runs every role.
/// </summary>
public sealed class ServicesOptions
{
    /// <summary>
    /// Where a role is served, by its name: <c>host:port</c>, or several of them separated by commas. Every address that a
    /// host's name has is used, so that the name of a headless Kubernetes service finds each replica.
    /// </summary>
    public Dictionary<string, string> Addresses { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Well-known port of calls from other processes; the port base is added.</summary>
    [Range(1, 65535)]
    public int Port { get; set; } = 7443;

    /// <summary>PEM file: this process's certificate, with the chain below the authority. See <see cref="PeerCertificate"/>.</summary>
    public string Certificate { get; set; } = "";

    /// <summary>PEM file: the certificate's private key, not encrypted.</summary>
    public string PrivateKey { get; set; } = "";

    /// <summary>PEM file: the authorities that certificates of peers must come from.</summary>
    public string Authorities { get; set; } = "";

    /// <summary>How often host names are looked up again: a new replica gets calls after at most this time.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan ResolveInterval { get; set; } = TimeSpan.FromSeconds(5);
}

/// <inheritdoc/>
[OptionsValidator]
public sealed partial class ServicesOptionsValidator : IValidateOptions<ServicesOptions>;
