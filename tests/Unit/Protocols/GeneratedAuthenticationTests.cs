using System.Net;
using System.Text;
using FsCheck.Fluent;
using Mailstead.Protocols.Dkim;
using Mailstead.Protocols.Dmarc;
using Mailstead.Protocols.Mime;
using Mailstead.Protocols.Spf;
using Mailstead.Unit.Protocols.Dns;

namespace Mailstead.Unit.Protocols;

/// <summary>SPF, DKIM and DMARC against records, signatures and messages that nobody would write.</summary>
public sealed class GeneratedAuthenticationTests
{
    [Fact]
    public void An_SPF_record_ends_in_a_result_after_few_questions() => Generated.Check(
        Generated.Text("v=spf1", " ", "a", "mx", "ptr", "include", "exists", "redirect=", "exp=", ":", "/", "24", "//64", "%{", "}", "i", "l", "p", "d2r", "ip4:", "1.2.3.4", "ip6:", "::1", "x.test", "-", "~", "?", "all"),
        text =>
        {
            var dns = new ZoneDns().Add("x.test", "TXT", "v=spf1 " + text).Add("x.test", "A", "192.0.2.1").Add("x.test", "MX", "10 x.test");
            var question = new SpfQuestion(IPAddress.Parse("192.0.2.9"), "a+b@x.test", "client.test", "mx.test");
            var result = SpfCheck.RunAsync(dns, question, TimeProvider.System, CancellationToken.None).GetAwaiter().GetResult();
            Assert.True(Enum.IsDefined(result.Outcome));
            // RFC 7208 §4.6.4: ten terms that ask, each for at most ten names and their addresses.
            Assert.True(dns.Asked.Count <= 1 + (10 * 22), $"{dns.Asked.Count} questions");
        });

    [Fact]
    public void A_signature_is_read_or_said_to_be_wrong() => Generated.Check(
        Generated.Octets("v=1", ";", " ", "a=rsa-sha256", "a=ed25519-sha256", "b=", "bh=", "AAAA", "d=x.test", "s=s", "h=from", ":", "to", "l=", "9999999999999999999", "x=", "t=", "1", "c=relaxed/simple", "\r\n\t", "i=@x.test"),
        octets =>
        {
            var header = Encoding.ASCII.GetBytes("From: a@x.test\r\nDKIM-Signature: ").Concat(octets).Concat("\r\n"u8.ToArray()).ToArray();
            using var verification = new DkimVerification(header, new ZoneDns(), TimeProvider.System, CancellationToken.None);
            verification.Append("Hello\r\n"u8);
            var results = verification.CompleteAsync().GetAwaiter().GetResult();
            Assert.All(results, result => Assert.NotEqual(DkimOutcome.Pass, result.Outcome));
        });

    [Fact]
    public void Keys_and_policies_are_read_or_not() => Generated.Check(
        Generated.Text("v=DKIM1", "v=DMARC1", ";", " ", "p=", "reject", "none", "AAAA", "k=rsa", "k=ed25519", "h=sha256", "t=y:s", "sp=", "np=", "pct=", "-1", "101", "psd=y", "adkim=s", "rua=mailto:", "=", "\t"),
        text =>
        {
            _ = DkimKey.TryParse(text, forEd25519: true, out _);
            _ = DkimKey.TryParse(text, forEd25519: false, out _);
            if (DmarcRecord.TryParse(text) is { } record)
                Assert.InRange(record.Percent, 0, 100);
        });

    [Fact]
    public void A_body_hashes_alike_however_it_comes_in_pieces() => Generated.Check(
        Generated.Cut(Generated.Octets("\r\n", "\r", "\n", " ", "\t", "word", "  ", "\r\n\r\n", ".")),
        input =>
        {
            foreach (var isRelaxed in new[] { true, false })
            {
                using var whole = new DkimBodyHash(isRelaxed);
                using var pieces = new DkimBodyHash(isRelaxed);
                whole.Append(input.Octets);
                Generated.Feed(input, piece => pieces.Append(piece.Span));
                Assert.Equal(whole.Complete(), pieces.Complete());
            }
        });

    [Fact]
    public void A_header_ends_where_it_ends_however_it_comes_in_pieces() => Generated.Check(
        Generated.Cut(Generated.Octets("Subject: x", "\r\n", "\r", "\n", "\r\n\r\n", " folded", "body")),
        input =>
        {
            const int Limit = 40;
            var split = new HeaderSplit(Limit);
            var body = new List<byte>();
            Generated.Feed(input, piece =>
            {
                var taken = split.Append(piece.Span);
                if (split.IsComplete)
                    body.AddRange(piece.Span[taken..]);
            });
            var end = ("\r\n" + Encoding.Latin1.GetString(input.Octets)).IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (split.IsTooLong)
                Assert.True(end < 0 || end + 2 > Limit);
            else if (end < 0)
                Assert.False(split.IsComplete);
            else
                Assert.Equal(input.Octets, split.Header.ToArray().Concat("\r\n"u8.ToArray()).Concat(body));
        }, 5000);
}
