using Google.Protobuf;
using Grpc.Core;
using Mailstead.Contracts.Kms.V1;
using Mailstead.Hosting;
using Microsoft.AspNetCore.Http;

namespace Mailstead.Admin.Aws;

/// <summary>
/// The key service judges by itself who may do what with a key, for its policies and grants are there: it is told who calls.
/// </summary>
internal sealed class KeyCallers(Kms.KmsClient kms, InstallationOptions installation)
{
    private const string Header = "mailstead-caller-bin";

    public Metadata HeadersOf(Caller caller, HttpRequest request, string viaService = "") => new()
    {
        {
            Header, new Contracts.Kms.V1.Caller
            {
                Arn = caller.Arn,
                AccountId = caller.AccountId,
                IdentityId = caller.IsAdministrator ? "" : caller.IdentityId,
                SourceIp = request.HttpContext.Connection.RemoteIpAddress?.ToString() ?? "",
                UserAgent = request.Headers.UserAgent.ToString(),
                IsSecure = request.IsHttps,
                ViaService = viaService,
            }.ToByteArray()
        },
    };

    /// <summary>Whoever gives an organization a key must be allowed to grant its use to Mailstead.</summary>
    /// <exception cref="AwsErrorException">AccessDeniedException. What else is wrong with the key the operation itself tells.</exception>
    public async Task RequireGrantingAsync(Caller caller, HttpRequest request, string keyArn, CancellationToken cancellationToken)
    {
        var service = $"workmail.{installation.Region}.amazonaws.com";
        var trial = new CreateGrantRequest
        {
            KeyId = keyArn,
            GranteePrincipal = service,
            Operations = { GrantOperation.Types.Value.Encrypt, GrantOperation.Types.Value.Decrypt },
            DryRun = true,
        };
        try
        {
            await kms.CreateGrantAsync(trial, HeadersOf(caller, request, service), cancellationToken: cancellationToken);
        }
        catch (RpcException refused) when (refused.StatusCode == StatusCode.PermissionDenied)
        {
            throw new AwsErrorException(new AwsError("AccessDeniedException", refused.Status.Detail));
        }
        catch (RpcException refused) when (refused.StatusCode is StatusCode.Aborted or StatusCode.NotFound or StatusCode.FailedPrecondition or StatusCode.InvalidArgument)
        {
            // Aborted: it was a trial, and would have succeeded.
        }
    }
}
