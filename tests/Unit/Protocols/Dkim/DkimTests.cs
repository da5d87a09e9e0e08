using System.Security.Cryptography;
using System.Text;
using Mailstead.Protocols.Dkim;
using Mailstead.Unit.Protocols.Dns;
using Microsoft.Extensions.Time.Testing;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Pkcs;
using Org.BouncyCastle.Security;

namespace Mailstead.Unit.Protocols.Dkim;

/// <summary>DKIM against the RFCs' own examples, and what is signed here against what verifies here, changed or not.</summary>
public sealed class DkimTests
{
    private const string Ed25519Record = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
    private const string RsaRecord =
        "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB";

    /// <summary>RFC 8463, appendix A.3: signed with a key of each kind.</summary>
    private const string Example =
        "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n"
        + " d=football.example.com; i=@football.example.com;\r\n"
        + " q=dns/txt; s=brisbane; t=1528637909; h=from : to :\r\n"
        + " subject : date : message-id : from : subject : date;\r\n"
        + " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"
        + " b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus\r\n"
        + " Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==\r\n"
        + "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;\r\n"
        + " d=football.example.com; i=@football.example.com;\r\n"
        + " q=dns/txt; s=test; t=1528637909; h=from : to : subject :\r\n"
        + " date : message-id : from : subject : date;\r\n"
        + " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"
        + " b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3\r\n"
        + " DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz\r\n"
        + " dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=\r\n"
        + "From: Joe SixPack <joe@football.example.com>\r\n"
        + "To: Suzie Q <suzie@shopping.example.net>\r\n"
        + "Subject: Is dinner ready?\r\n"
        + "Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n"
        + "Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n";

    private const string ExampleBody = "Hi.\r\n\r\nWe lost the game.  Are you hungry yet?\r\n\r\nJoe.\r\n";

    private readonly ZoneDns dns = new ZoneDns()
        .Add("brisbane._domainkey.football.example.com", "TXT", Ed25519Record).Add("test._domainkey.football.example.com", "TXT", RsaRecord);

    [Fact]
    public async Task The_example_of_RFC_8463_verifies()
    {
        var results = await VerifyAsync(Example, ExampleBody);
        Assert.Equal(
            [("football.example.com", "brisbane", DkimOutcome.Pass, ""), ("football.example.com", "test", DkimOutcome.Pass, "")],
            results.Select(result => (result.Domain, result.Selector, result.Outcome, result.Reason)));
    }

    [Theory]
    [InlineData("Subject: Is dinner ready?", "Subject: Is  dinner\tready?  ", DkimOutcome.Pass)]
    [InlineData("Subject: Is dinner ready?", "subject:Is dinner\r\n ready?", DkimOutcome.Pass)]
    [InlineData("Subject: Is dinner ready?", "Subject: Is dinner late?", DkimOutcome.Fail)]
    [InlineData("To: Suzie", "From: Somebody <else@example.org>\r\nTo: Suzie", DkimOutcome.Fail)]
    [InlineData("a=rsa-sha256", "a=rsa-sha1", DkimOutcome.Neutral)]
    [InlineData("s=test", "s=other", DkimOutcome.PermError)]
    [InlineData("t=1528637909; h=from : to : subject :", "t=1528637909; x=1528637910; h=from : to : subject :", DkimOutcome.Fail)]
    [InlineData("h=from : to : subject :", "h=to : subject :", DkimOutcome.Fail)]
    [InlineData("i=@football.example.com;\r\n q=dns/txt; s=test", "i=@example.com;\r\n q=dns/txt; s=test", DkimOutcome.Neutral)]
    public async Task A_changed_header_is_judged(string before, string after, DkimOutcome outcome)
    {
        var at = Example.LastIndexOf(before, StringComparison.Ordinal);
        var changed = Example[..at] + after + Example[(at + before.Length)..];
        Assert.Equal(outcome, (await VerifyAsync(changed, ExampleBody))[1].Outcome);
    }

    [Theory]
    [InlineData(" \r\n", DkimOutcome.Pass)]
    [InlineData("\r\n\r\n", DkimOutcome.Pass)]
    [InlineData("more\r\n", DkimOutcome.Fail)]
    public async Task A_longer_body_is_judged(string added, DkimOutcome outcome) =>
        Assert.All(await VerifyAsync(Example, ExampleBody + added), result => Assert.Equal(outcome, result.Outcome));

    [Theory]
    [InlineData("TIMEOUT", "", DkimOutcome.TempError)]
    [InlineData("TXT", "v=DKIM1; k=rsa; p=", DkimOutcome.PermError)]
    [InlineData("TXT", "v=DKIM1; k=rsa; p=bm90IGEga2V5", DkimOutcome.Fail)]
    [InlineData("TXT", "k=rsa; h=sha1; p=bm90IGEga2V5", DkimOutcome.PermError)]
    [InlineData("TXT", "v=DKIM1; s=chat; p=bm90IGEga2V5", DkimOutcome.PermError)]
    public async Task Keys_that_are_none_prove_nothing(string type, string value, DkimOutcome outcome)
    {
        var other = new ZoneDns().Add("test._domainkey.football.example.com", type, value);
        using var verification = new DkimVerification(Encoding.ASCII.GetBytes(Example), other, TimeProvider.System, CancellationToken.None);
        verification.Append(Encoding.ASCII.GetBytes(ExampleBody));
        Assert.Equal(outcome, (await verification.CompleteAsync())[1].Outcome);
    }

    /// <summary>RFC 6376 §3.4.5, and the hashes of nothing from §3.4.3 and §3.4.4.</summary>
    [Theory]
    [InlineData(true, "", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")]
    [InlineData(false, "", "frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY=")]
    [InlineData(true, "\r\n\r\n", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")]
    [InlineData(false, "\r\n\r\n", "frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY=")]
    public void Bodies_are_hashed(bool isRelaxed, string body, string expected) => Assert.Equal(expected, Hash(isRelaxed, body, body.Length + 1));

    [Theory]
    [InlineData(true, " C \r\nD \t E\r\n\r\n\r\n", " C\r\nD E\r\n")]
    [InlineData(false, " C \r\nD \t E\r\n\r\n\r\n", " C \r\nD \t E\r\n")]
    [InlineData(true, " \t\r\n\r\nA", "\r\n\r\nA\r\n")]
    [InlineData(false, "A\r\n\r\nB", "A\r\n\r\nB\r\n")]
    public void The_form_of_a_body_does_not_depend_on_its_pieces(bool isRelaxed, string body, string canonical)
    {
        var expected = Convert.ToBase64String(SHA256.HashData(Encoding.ASCII.GetBytes(canonical)));
        for (var piece = 1; piece <= body.Length; piece++)
            Assert.Equal(expected, Hash(isRelaxed, body, piece));
    }

    [Fact]
    public async Task What_is_signed_here_verifies()
    {
        using var rsa = RSA.Create(2048);
        var ed25519 = new Ed25519PrivateKeyParameters(new SecureRandom());
        var header = "Received: from a\r\nFrom: Ann <ann@example.org>\r\nTo: b@example.net\r\nSubject: long\r\n subject\r\nDate: now\r\nMessage-ID: <1@example.org>\r\n";
        var body = string.Concat(Enumerable.Repeat("A line  with blanks \r\n\r\n", 5000));
        var hash = Convert.FromBase64String(Hash(isRelaxed: true, body, 1000));
        var now = DateTimeOffset.UtcNow;
        var signed = DkimSigner.Sign(Encoding.ASCII.GetBytes(header), hash, "example.org", "one", isEd25519: false, rsa.ExportPkcs8PrivateKey(), now)
            + DkimSigner.Sign(
                Encoding.ASCII.GetBytes(header), hash, "example.org", "two", isEd25519: true, PrivateKeyInfoFactory.CreatePrivateKeyInfo(ed25519).GetEncoded(), now)
            + header;
        Assert.All(signed.Split("\r\n"), line => Assert.True(line.Length <= 78, line));
        dns.Add("one._domainkey.example.org", "TXT", $"v=DKIM1; k=rsa; p={Convert.ToBase64String(rsa.ExportSubjectPublicKeyInfo())}");
        dns.Add("two._domainkey.example.org", "TXT", $"v=DKIM1; k=ed25519; p={Convert.ToBase64String(ed25519.GeneratePublicKey().GetEncoded())}");

        Assert.Equal([DkimOutcome.Pass, DkimOutcome.Pass], (await VerifyAsync(signed, body)).Select(result => result.Outcome));
        // Each field that a reader goes by is signed once more than it is there.
        Assert.All(await VerifyAsync(signed + "Subject: another\r\n", body), result => Assert.Equal(DkimOutcome.Fail, result.Outcome));
        Assert.All(await VerifyAsync(signed + "Reply-To: c@example.com\r\n", body), result => Assert.Equal(DkimOutcome.Fail, result.Outcome));
    }

    private static string Hash(bool isRelaxed, string body, int piece)
    {
        using var hash = new DkimBodyHash(isRelaxed);
        foreach (var octets in Encoding.ASCII.GetBytes(body).Chunk(piece))
            hash.Append(octets);
        return Convert.ToBase64String(hash.Complete());
    }

    private async Task<IReadOnlyList<DkimResult>> VerifyAsync(string header, string body)
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        using var verification = new DkimVerification(Encoding.ASCII.GetBytes(header), dns, clock, CancellationToken.None);
        foreach (var piece in Encoding.ASCII.GetBytes(body).Chunk(17))
            verification.Append(piece);
        return await verification.CompleteAsync();
    }
}
