using System.Security.Cryptography;
using System.Text;
using FsCheck.Fluent;
using Mailstead.Admin.Aws;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Mailstead.Unit.Admin.Aws;

/// <summary>AWS's published test suite of Signature Version 4: the string that we build leads to the signatures that it states.</summary>
public sealed class SignedRequestTests
{
    private const string Secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    private const string Scope = "20150830/us-east-1/service/aws4_request";
    private const string Time = "20150830T123600Z";

    [Theory]
    [InlineData("GET", "/", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31")]
    [InlineData("POST", "/", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b")]
    [InlineData("GET", "/?Param2=value2&Param1=value1", "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500")]
    [InlineData("GET", "/?%E1%88%B4=bar", "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04")]
    [InlineData("GET", "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f")]
    [InlineData("GET", "/%E1%88%B4", "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85")]
    public void Requests_sign_as_published(string method, string target, string signature) =>
        Assert.Equal(signature, Sign(Request(method, target, "host;x-amz-date"), []));

    [Fact]
    public void A_body_signs_as_published()
    {
        var request = Request("POST", "/", "content-type;host;x-amz-date");
        request.Headers.ContentType = "application/x-www-form-urlencoded";

        Assert.Equal("ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a", Sign(request, "Param1=value1"u8.ToArray()));
    }

    [Fact]
    public void Blanks_in_headers_sign_as_published()
    {
        var request = Request("GET", "/", "host;my-header1;my-header2;x-amz-date");
        request.Headers["My-Header1"] = " value1";
        request.Headers["My-Header2"] = " \"a   b   c\"";

        Assert.Equal("acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736", Sign(request, []));
    }

    [Theory]
    [InlineData("x-amz-date", "InvalidSignatureException")]
    [InlineData("", "IncompleteSignatureException")]
    public void The_host_must_be_signed(string signedHeaders, string error)
    {
        var failure = Assert.Throws<AwsErrorException>(() => SignedRequest.Read(Request("GET", "/", signedHeaders), []));

        Assert.Equal(error, failure.Error.Type);
    }

    [Theory]
    [InlineData("X-Amz-Security-Token")]
    [InlineData("X-Amz-Target")]
    public void What_decides_the_operation_or_the_caller_must_be_signed(string header)
    {
        var request = Request("GET", "/", "host;x-amz-date");
        request.Headers[header] = "value";

        Assert.Equal("InvalidSignatureException", Assert.Throws<AwsErrorException>(() => SignedRequest.Read(request, [])).Error.Type);
    }

    [Fact]
    public void A_hash_that_is_not_the_bodys_is_refused()
    {
        var request = Request("POST", "/", "host;x-amz-content-sha256;x-amz-date");
        request.Headers["X-Amz-Content-Sha256"] = "UNSIGNED-PAYLOAD";

        Assert.Equal("InvalidSignatureException", Assert.Throws<AwsErrorException>(() => SignedRequest.Read(request, [1])).Error.Type);
    }

    [Fact]
    public void Whatever_stands_in_the_header_is_read_or_refused() => Generated.Check(
        from authorization in Generated.Text(
            "AWS4-HMAC-SHA256", " ", ",", "=", "/", "Credential=", "AKID/" + Scope, "SignedHeaders=host", "Signature=", new string('a', 64), ";")
        from time in Generated.Text(Time, "T", "Z", "2015")
        select (authorization, time),
        input =>
        {
            var request = Request("POST", "/", "host");
            request.Headers.Authorization = "AWS4-HMAC-SHA256 " + input.authorization;
            request.Headers["X-Amz-Date"] = input.time;
            try
            {
                SignedRequest.Read(request, []);
            }
            catch (AwsErrorException refused)
            {
                Assert.EndsWith("Exception", refused.Error.Type, StringComparison.Ordinal);
            }
        });

    private static HttpRequest Request(string method, string target, string signedHeaders)
    {
        var request = new DefaultHttpContext().Request;
        request.Method = method;
        request.Host = new HostString("example.amazonaws.com");
        request.HttpContext.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget = target;
        request.Headers["X-Amz-Date"] = Time;
        request.Headers.Authorization = $"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/{Scope}, SignedHeaders={signedHeaders}, Signature={new string('0', 64)}";
        return request;
    }

    private static string Sign(HttpRequest request, byte[] body)
    {
        var signed = SignedRequest.Read(request, body);
        var key = Scope.Split('/').Aggregate(Encoding.UTF8.GetBytes("AWS4" + Secret), (key, part) => HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(part)));
        return Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(signed.StringToSign)));
    }
}
