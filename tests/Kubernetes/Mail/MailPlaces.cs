using System.Net;

namespace Mailstead.Kubernetes.Mail;

/// <summary>Where a client reaches the installation, and the authority it trusts.</summary>
/// <param name="CertificateName">The name in the servers' certificate.</param>
internal sealed record MailPlaces(DnsEndPoint Smtp, DnsEndPoint Submission, DnsEndPoint Imaps, string CertificateName, string AuthorityPem);
