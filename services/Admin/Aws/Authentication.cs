using Mailstead.Contracts.Directories.V1;
using Mailstead.Hosting;
using Mailstead.Hosting.Telemetry;
using Microsoft.AspNetCore.Http;

namespace Mailstead.Admin.Aws;

/// <summary>Finds out who has signed a request; every attempt is counted, every refusal told.</summary>
internal sealed class Authentication(
    DirectoriesApi.DirectoriesApiClient directories, InstallationOptions installation, AdminOptions options, SignIns signIns, TimeProvider clock)
{
    /// <summary>IAM and STS are the same in every region: clients sign for this one.</summary>
    private const string GlobalRegion = "us-east-1";

    private static readonly string[] GlobalServices = ["iam", "sts"];
    private static readonly string[] Services = ["workmail", "workmailmessageflow", "kms", "cloudtrail", .. GlobalServices];

    /// <exception cref="AwsErrorException">Nobody whom we know has signed it.</exception>
    public async Task<Caller> RunAsync(HttpRequest request, byte[] body, CancellationToken cancellationToken)
    {
        var connection = request.HttpContext.Connection;
        var attempt = new SignInAttempt("Admin", connection.Id, connection.RemoteIpAddress?.ToString() ?? "unknown");
        try
        {
            var caller = await VerifyAsync(SignedRequest.Read(request, body), cancellationToken);
            signIns.Granted(attempt);
            return caller;
        }
        catch (AwsErrorException refused)
        {
            signIns.Refused(attempt, refused.Error.Type);
            throw;
        }
    }

    private async Task<Caller> VerifyAsync(SignedRequest signed, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        if ((now - signed.Time).Duration() > options.ClockSkew)
            throw Invalid($"Signature expired or not yet current: it is of {signed.Time:u}, and here it is {now:u}");
        if (!Services.Contains(signed.Service))
            throw Invalid($"Credential should be scoped to one of the services {string.Join(", ", Services)}");
        if (signed.Region != installation.Region && !(GlobalServices.Contains(signed.Service) && signed.Region == GlobalRegion))
            throw Invalid($"Credential should be scoped to region {installation.Region}");
        var answer = await directories.VerifySignatureAsync(
            new VerifySignatureRequest
            {
                AccessKeyId = signed.AccessKeyId,
                Date = signed.Date,
                Region = signed.Region,
                Service = signed.Service,
                StringToSign = signed.StringToSign,
                Signature = signed.Signature,
            },
            cancellationToken: cancellationToken);
        if (!answer.KeyKnown)
            throw new AwsErrorException(new AwsError("UnrecognizedClientException", "The security token included in the request is invalid."));
        if (!answer.SignatureValid)
            throw Invalid("The request signature we calculated does not match the signature you provided. Check your secret access key and signing method.");
        return new Caller(
            signed.Service, signed.AccessKeyId, answer.AccountId, answer.PrincipalArn, answer.PrincipalId, answer.UserName, answer.IdentityId,
            answer.IsAdministrator);
    }

    private static AwsErrorException Invalid(string message) => new(new AwsError("InvalidSignatureException", message));
}
