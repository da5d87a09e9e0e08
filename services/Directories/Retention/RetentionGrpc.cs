using Google.Protobuf.Collections;
using Grpc.Core;
using Mailstead.Contracts.Admin.V1;
using Mailstead.Directories.Organizations;
using Mailstead.Directories.Settings;

namespace Mailstead.Directories.Retention;

/// <summary>The Retention contract.</summary>
internal sealed class RetentionGrpc(OrganizationWork work, TimeProvider clock) : Contracts.Admin.V1.Retention.RetentionBase
{
    private static readonly Setting<GetDefaultRetentionPolicyResponse> Policy =
        new(SettingKind.RetentionPolicy, GetDefaultRetentionPolicyResponse.Parser, _ => new GetDefaultRetentionPolicyResponse());

    public override async Task<PutRetentionPolicyResponse> PutRetentionPolicy(PutRetentionPolicyRequest request, ServerCallContext context)
    {
        Check(request.FolderConfigurations);
        await work.WriteAsync(
            request.OrganizationId,
            async unit =>
            {
                var present = await Policy.ReadForChangeAsync(unit);
                if (request.HasId && request.Id != present.Id)
                    throw AdminError.InvalidParameter($"Id: there is no retention policy {request.Id}; leave it out to make one");
                if (!request.HasId && present.HasId)
                    throw AdminError.Limit($"An organization has one retention policy: change {present.Id}, or delete it first");
                var policy = new GetDefaultRetentionPolicyResponse
                {
                    Id = present.HasId ? present.Id : Guid.CreateVersion7(clock.GetUtcNow()).ToString(),
                    Name = request.Name,
                    FolderConfigurations = { request.FolderConfigurations },
                };
                if (request.HasDescription)
                    policy.Description = request.Description;
                return await Policy.WriteAsync(unit, policy);
            },
            context.CancellationToken);
        return new PutRetentionPolicyResponse();
    }

    public override async Task<GetDefaultRetentionPolicyResponse> GetDefaultRetentionPolicy(
        GetDefaultRetentionPolicyRequest request, ServerCallContext context)
    {
        var policy = await work.ReadAsync(request.OrganizationId, Policy.ReadAsync, context.CancellationToken);
        return policy.HasId ? policy : throw AdminError.EntityNotFound("A retention policy");
    }

    /// <summary>A policy that is not there is deleted already.</summary>
    public override async Task<DeleteRetentionPolicyResponse> DeleteRetentionPolicy(DeleteRetentionPolicyRequest request, ServerCallContext context)
    {
        await work.WriteAsync(
            request.OrganizationId,
            async unit => (await Policy.ReadForChangeAsync(unit)).Id == request.Id ? await Policy.ResetAsync(unit) : 0, context.CancellationToken);
        return new DeleteRetentionPolicyResponse();
    }

    private static void Check(RepeatedField<FolderConfiguration> folders)
    {
        if (folders.Count == 0 || folders.DistinctBy(folder => folder.Name).Count() < folders.Count)
            throw AdminError.InvalidParameter("FolderConfigurations: name at least one folder, and each once");
        foreach (var folder in folders)
        {
            if (folder.Action != RetentionAction.Types.Value.None && !folder.HasPeriod)
                throw AdminError.InvalidParameter("FolderConfigurations: an action needs a Period of 1 to 730 days");
        }
    }
}
