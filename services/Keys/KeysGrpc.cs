using Google.Protobuf;
using Grpc.Core;
using Mailstead.Contracts.Keys.V1;
using Mailstead.Keys.DataKeys;
using Mailstead.Keys.OrganizationKeys;
using Mailstead.Keys.Providers;

namespace Mailstead.Keys;

/// <summary>The key service's gRPC face.</summary>
internal sealed class KeysGrpc(CreateOrganizationKey createOrganizationKey, GetDataKey getDataKey, DestroyDataKey destroyDataKey)
    : KeysApi.KeysApiBase
{
    public override async Task<CreateOrganizationKeyResponse> CreateOrganizationKey(
        CreateOrganizationKeyRequest request, ServerCallContext context)
    {
        if (!Guid.TryParseExact(request.OrganizationId, "D", out var organizationId) || organizationId == Guid.Empty)
            throw Invalid("organization_id must be a UUID");
        if (request.OrganizationArn.Length == 0)
            throw Invalid("organization_arn must be given: it is the encryption context");

        try
        {
            var (arn, refusal) = await createOrganizationKey.RunAsync(
                organizationId, request.OrganizationArn, request.KeyArn, context.CancellationToken);
            return refusal is null ? new CreateOrganizationKeyResponse { KeyArn = arn } : throw refusal.ToException();
        }
        catch (KeyProviderException failure)
        {
            throw failure.Refusal.ToException();
        }
    }

    public override async Task<GetDataKeyResponse> GetDataKey(GetDataKeyRequest request, ServerCallContext context)
    {
        var reference = Reference(request.Purpose, request.OrganizationId, request.SubjectId);
        var (key, refusal) = await getDataKey.RunAsync(reference, context.CancellationToken);
        return refusal is null
            ? new GetDataKeyResponse { Key = UnsafeByteOperations.UnsafeWrap(key) }
            : throw refusal.ToException();
    }

    public override async Task<DestroyDataKeyResponse> DestroyDataKey(DestroyDataKeyRequest request, ServerCallContext context)
    {
        var reference = Reference(request.Purpose, request.OrganizationId, request.SubjectId);
        await destroyDataKey.RunAsync(reference, context.CancellationToken);
        return new DestroyDataKeyResponse();
    }

    private static DataKeyReference Reference(KeyPurpose purpose, string organizationId, string subjectId) =>
        DataKeyReference.TryCreate(purpose, organizationId, subjectId)
        ?? throw Invalid("The ids do not fit the purpose: MAILBOX needs organization and subject, TRANSPORT and DIRECTORY an "
            + "organization alone, INSTALLATION neither");

    private static RpcException Invalid(string text) => new(new Status(StatusCode.InvalidArgument, text));
}
