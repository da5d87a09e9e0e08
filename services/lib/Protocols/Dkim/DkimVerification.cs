using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using Mailstead.Protocols.Dns;
using Mailstead.Protocols.Mime;

namespace Mailstead.Protocols.Dkim;

/// <summary>
/// Verifies a message's DKIM signatures while it streams by (RFC 6376 §6, RFC 8301, RFC 8463): keys are asked for as soon as the header is there.
/// Made with the header; then all of the body; then completed.
/// </summary>
public sealed class DkimVerification : IDisposable
{
    /// <summary>More are passed over: each costs look-ups and hashing (RFC 6376 §6.1).</summary>
    private const int SignaturesMax = 8;

    private readonly byte[] header;
    private readonly List<Candidate> candidates = [];
    private readonly TimeProvider clock;

    /// <param name="header">The header, its last line end included.</param>
    public DkimVerification(ReadOnlyMemory<byte> header, IMailDns dns, TimeProvider clock, CancellationToken cancellationToken)
    {
        this.header = header.ToArray();
        this.clock = clock;
        var fields = new HeaderFields(this.header);
        while (candidates.Count < SignaturesMax && fields.MoveNext())
        {
            if (!Ascii.EqualsIgnoreCase(fields.Name, "DKIM-Signature"u8))
                continue;
            var signature = DkimSignature.TryParse(fields.RawValue, out var problem, out var domain, out var selector);
            candidates.Add(new Candidate(fields.Whole.ToArray(), signature, problem, domain, selector));
        }

        foreach (var candidate in candidates.Where(candidate => candidate.Signature is not null))
        {
            var signature = candidate.Signature!;
            candidate.Body = new DkimBodyHash(signature.IsBodyRelaxed, signature.BodyLength);
            candidate.Records = dns.FindTextsAsync($"{signature.Selector}._domainkey.{signature.Domain}", cancellationToken);
        }
    }

    public void Append(ReadOnlySpan<byte> body)
    {
        foreach (var candidate in candidates)
            candidate.Body?.Append(body);
    }

    /// <summary>What became of each signature, in the order of the header.</summary>
    public async Task<IReadOnlyList<DkimResult>> CompleteAsync()
    {
        var results = new List<DkimResult>(candidates.Count);
        foreach (var candidate in candidates)
        {
            var (outcome, reason) = candidate.Signature is { } signature
                ? Judge(candidate, signature, await candidate.Records!)
                : (DkimOutcome.Neutral, candidate.Problem);
            var shown = candidate.Signature is null ? "" : Convert.ToBase64String(candidate.Signature.Signature);
            results.Add(new DkimResult(outcome, candidate.Domain, candidate.Selector, shown[..Math.Min(8, shown.Length)], reason));
        }

        return results;
    }

    public void Dispose()
    {
        foreach (var candidate in candidates)
            candidate.Body?.Dispose();
    }

    private (DkimOutcome Outcome, string Reason) Judge(Candidate candidate, DkimSignature signature, DnsAnswer<string> records)
    {
        if (signature.ExpiresAt is { } end && clock.GetUtcNow() > end)
            return (DkimOutcome.Fail, "the signature has expired");
        if (records.Outcome == DnsOutcome.Failed)
            return (DkimOutcome.TempError, "the key can't be looked up");
        if (records.IsVoid)
            return (DkimOutcome.PermError, "there is no such key");
        // §3.6.2.2: there is to be one record; of several any may be the one.
        var problem = "";
        DkimKey? key = null;
        foreach (var record in records.Records.Take(3))
            key ??= DkimKey.TryParse(record, signature.IsEd25519, out problem);
        if (key is null)
            return (DkimOutcome.PermError, problem);
        if (key.IsStrict && signature.Identity[(signature.Identity.LastIndexOf('@') + 1)..] != signature.Domain)
            return (DkimOutcome.PermError, "the key is not for this identity");
        var hash = candidate.Body!.Complete();
        if (signature.BodyLength > candidate.Body.Length)
            return (DkimOutcome.PermError, "more of the body was signed than there is");
        if (!CryptographicOperations.FixedTimeEquals(hash, signature.BodyHash))
            return (DkimOutcome.Fail, "the body has changed");
        return key.Verifies(HashHeader(candidate, signature), signature.Signature, out problem)
            ? (DkimOutcome.Pass, "")
            : (DkimOutcome.Fail, problem);
    }

    private byte[] HashHeader(Candidate candidate, DkimSignature signature)
    {
        var octets = new ArrayBufferWriter<byte>(header.Length);
        SignedFields.Append(octets, header, signature.Fields, signature.IsHeaderRelaxed);
        DkimCanonicalization.AppendField(octets, DkimSignature.WithoutSignature(candidate.Whole), signature.IsHeaderRelaxed, withLineEnd: false);
        return SHA256.HashData(octets.WrittenSpan);
    }

    private sealed class Candidate(byte[] whole, DkimSignature? signature, string problem, string domain, string selector)
    {
        public byte[] Whole => whole;

        public DkimSignature? Signature => signature;

        public string Problem => problem;

        public string Domain => domain;

        public string Selector => selector;

        public DkimBodyHash? Body { get; set; }

        public Task<DnsAnswer<string>>? Records { get; set; }
    }
}
