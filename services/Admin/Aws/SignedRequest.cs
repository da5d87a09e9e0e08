using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Mailstead.Admin.Aws;

/// <summary>
/// A request with its AWS Signature Version 4, read but not judged: what was signed, by which key, with which result. Signatures come in
/// the Authorization header or in the query.
/// </summary>
internal sealed record SignedRequest
{
    private const string Algorithm = "AWS4-HMAC-SHA256";

    public required string AccessKeyId { get; init; }

    public required string Date { get; init; }

    public required string Region { get; init; }

    public required string Service { get; init; }

    public required string Signature { get; init; }

    public required DateTimeOffset Time { get; init; }

    public required string StringToSign { get; init; }

    /// <exception cref="AwsErrorException">It has no signature, or one that can't be read.</exception>
    public static SignedRequest Read(HttpRequest request, ReadOnlySpan<byte> body)
    {
        var authorization = request.Headers.Authorization.ToString();
        if (authorization.Length == 0 && request.Query.ContainsKey("X-Amz-Signature"))
            return FromQuery(request, body);
        if (authorization.Length == 0)
            throw Fail("MissingAuthenticationTokenException", "Request is missing Authentication Token");
        if (!authorization.StartsWith(Algorithm, StringComparison.Ordinal))
            throw Fail("IncompleteSignatureException", $"Authorization must be {Algorithm}");
        var parts = authorization[Algorithm.Length..].Split(',', StringSplitOptions.TrimEntries)
            .Select(part => part.Split('=', 2)).Where(part => part.Length == 2)
            .DistinctBy(part => part[0], StringComparer.Ordinal).ToDictionary(part => part[0], part => part[1], StringComparer.Ordinal);
        var time = request.Headers["X-Amz-Date"].ToString();
        return Create(
            request, body, parts.GetValueOrDefault("Credential", ""), parts.GetValueOrDefault("SignedHeaders", ""),
            parts.GetValueOrDefault("Signature", ""), time, isQuery: false);
    }

    private static SignedRequest FromQuery(HttpRequest request, ReadOnlySpan<byte> body)
    {
        if (request.Query["X-Amz-Algorithm"] != Algorithm)
            throw Fail("IncompleteSignatureException", $"X-Amz-Algorithm must be {Algorithm}");
        return Create(
            request, body, request.Query["X-Amz-Credential"].ToString(), request.Query["X-Amz-SignedHeaders"].ToString(),
            request.Query["X-Amz-Signature"].ToString(), request.Query["X-Amz-Date"].ToString(), isQuery: true);
    }

    private static SignedRequest Create(
        HttpRequest request, ReadOnlySpan<byte> body, string credential, string signedHeaders, string signature, string time, bool isQuery)
    {
        var scope = credential.Split('/');
        if (scope.Length != 5 || scope[4] != "aws4_request" || signature.Length != 64 || signedHeaders.Length == 0)
            throw Fail("IncompleteSignatureException", "Credential, SignedHeaders or Signature is missing or malformed");
        if (!DateTimeOffset.TryParseExact(
                time, "yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) || !time.StartsWith(scope[1], StringComparison.Ordinal))
            throw Fail("IncompleteSignatureException", "X-Amz-Date must be yyyyMMddTHHmmssZ, of the credential's day");
        var headers = signedHeaders.Split(';');
        // The target names the operation: unsigned, somebody on the way could ask for another one.
        var mustBeSigned = request.Headers.Keys.Select(name => name.ToLowerInvariant()).Where(name => name.StartsWith("x-amz-", StringComparison.Ordinal)).Append("host");
        if (mustBeSigned.FirstOrDefault(name => !headers.Contains(name)) is { } left)
            throw Fail("InvalidSignatureException", $"'{left}' must be a signed header, as host and every x-amz-* header must");
        var canonical = Canonical(request, headers, BodyHash(request, body), isQuery);
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)));
        return new SignedRequest
        {
            AccessKeyId = scope[0],
            Date = scope[1],
            Region = scope[2],
            Service = scope[3],
            Signature = signature,
            Time = at,
            StringToSign = $"{Algorithm}\n{time}\n{string.Join('/', scope[1..])}\n{hash}",
        };
    }

    /// <summary>What is claimed must be so: a body is never taken on trust.</summary>
    private static string BodyHash(HttpRequest request, ReadOnlySpan<byte> body)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(body));
        var claimed = request.Headers["X-Amz-Content-Sha256"].ToString();
        return claimed.Length == 0 || claimed == hash
            ? hash
            : throw Fail("InvalidSignatureException", "x-amz-content-sha256 is not the hash of the body");
    }

    private static string Canonical(HttpRequest request, string[] headers, string bodyHash, bool isQuery)
    {
        var raw = request.HttpContext.Features.Get<IHttpRequestFeature>()!.RawTarget;
        var question = raw.IndexOf('?', StringComparison.Ordinal);
        var path = question < 0 ? raw : raw[..question];
        var query = question < 0 ? "" : raw[(question + 1)..];
        var canonical = new StringBuilder(request.Method).Append('\n').Append(path.Length == 0 ? "/" : path).Append('\n')
            .Append(CanonicalQuery(query, isQuery)).Append('\n');
        foreach (var header in headers)
            canonical.Append(header).Append(':').Append(HeaderValue(request, header)).Append('\n');
        return canonical.Append('\n').AppendJoin(';', headers).Append('\n').Append(bodyHash).ToString();
    }

    private static string CanonicalQuery(string query, bool isQuery) => string.Join('&', query
        .Split('&', StringSplitOptions.RemoveEmptyEntries)
        .Select(pair => pair.Split('=', 2))
        .Select(pair => (Name: Escape(pair[0]), Value: Escape(pair.Length > 1 ? pair[1] : "")))
        .Where(pair => !isQuery || pair.Name != "X-Amz-Signature")
        .OrderBy(pair => pair.Name, StringComparer.Ordinal).ThenBy(pair => pair.Value, StringComparer.Ordinal)
        .Select(pair => $"{pair.Name}={pair.Value}"));

    private static string Escape(string encoded) => Uri.EscapeDataString(Uri.UnescapeDataString(encoded.Replace('+', ' ')));

    private static string HeaderValue(HttpRequest request, string name)
    {
        var value = name == "host" ? request.Host.Value ?? "" : string.Join(',', request.Headers[name].Select(part => part?.Trim()));
        return string.Join(' ', value.Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }

    private static AwsErrorException Fail(string type, string message) => new(new AwsError(type, message));
}
