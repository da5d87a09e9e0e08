using System.Net.Security;
using System.Runtime.CompilerServices;
using System.Security.Cryptography.X509Certificates;
using Mailstead.Hosting.Tls;
using Microsoft.Extensions.Logging;

namespace Mailstead.Hosting.Grpc.Remote;

/// <summary>
/// What this process shows to its peers, and what it asks of theirs. A certificate says which roles a process has: for each
/// a DNS name <c>{role}.role.mailstead.internal</c>, under an authority that only the operator's processes are certified by.
/// Files are read again when they have changed, so that certificates are renewed without a restart.
/// </summary>
internal sealed class PeerCertificate(ServicesOptions options, TimeProvider clock, ILogger<PeerCertificate> logger)
{
    public const string RoleSuffix = ".role.mailstead.internal";

    /// <summary>A connection may outlive what its certificate was trusted for by so much.</summary>
    private static readonly TimeSpan JudgedAgainAfter = TimeSpan.FromMinutes(1);

    /// <summary>Building a chain costs more than most calls do: a connection's certificate is judged once in a while, not for each call.</summary>
    private readonly ConditionalWeakTable<X509Certificate2, Judgement> judgements = [];

    private readonly FreshFiles<Loaded> files = new(
        [options.Certificate, options.PrivateKey, options.Authorities], () => Load(options), clock, logger);

    public SslStreamCertificateContext Own => files.Current.Context;

    public X509Certificate2 OwnCertificate => files.Current.Certificate;

    /// <summary>The roles that a certificate of one of our authorities names; none when it isn't of one.</summary>
    public IReadOnlyList<string> RolesOf(X509Certificate2? certificate)
    {
        if (certificate is null)
            return [];
        var now = clock.GetUtcNow();
        var authorities = files.Current.Authorities;
        if (judgements.TryGetValue(certificate, out var judged) && judged.Authorities == authorities && now - judged.At < JudgedAgainAfter)
            return judged.Roles;
        var roles = IsTrusted(certificate, authorities, now) ? NamedIn(certificate) : [];
        judgements.AddOrUpdate(certificate, new Judgement(roles, authorities, now));
        return roles;
    }

    private static IReadOnlyList<string> NamedIn(X509Certificate2 certificate) =>
        [.. certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>()
            .SelectMany(names => names.EnumerateDnsNames())
            .Where(name => name.EndsWith(RoleSuffix, StringComparison.OrdinalIgnoreCase))
            .Select(name => name[..^RoleSuffix.Length].ToLowerInvariant())];

    private static bool IsTrusted(X509Certificate2 certificate, X509Certificate2Collection authorities, DateTimeOffset now)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        // The authority is the operator's own and its certificates are short-lived: there is no list to ask.
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.VerificationTime = now.UtcDateTime;
        return chain.Build(certificate);
    }

    private static Loaded Load(ServicesOptions options)
    {
        // Through PKCS #12: an ephemeral key of a PEM file is not taken by every platform's TLS.
        using var pem = X509Certificate2.CreateFromPemFile(options.Certificate, options.PrivateKey);
        var certificate = X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null);
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(options.Certificate);
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPemFile(options.Authorities);
        return new Loaded(certificate, SslStreamCertificateContext.Create(certificate, chain, offline: true), authorities);
    }

    private sealed record Judgement(IReadOnlyList<string> Roles, X509Certificate2Collection Authorities, DateTimeOffset At);

    private sealed record Loaded(
        X509Certificate2 Certificate, SslStreamCertificateContext Context, X509Certificate2Collection Authorities);
}
