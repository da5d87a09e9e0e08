using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Mailstead.Contracts.Iam.V1;
using Mailstead.Policies;

namespace Mailstead.Directories.Iam;

/// <summary>The Iam contract: access keys and policies.</summary>
internal sealed partial class IamGrpc
{
    private const int AccessKeysMax = 2;

    public override async Task<CreateAccessKeyResponse> CreateAccessKey(CreateAccessKeyRequest request, ServerCallContext context)
    {
        var user = await work.RequireAsync(IamKind.User, request.UserName, context.CancellationToken);
        var now = clock.GetUtcNow();
        var (id, secret) = await work.WriteAsync(
            async (transaction, key) =>
            {
                await IamTable.FindForChangeAsync(transaction, key, IamKind.User, request.UserName);
                if ((await accessKeys.ListAsync(transaction, user.Id.ToString())).Count >= AccessKeysMax)
                    throw IamError.Limit($"Cannot exceed quota for AccessKeysPerUser: {AccessKeysMax}");
                return await accessKeys.CreateAsync(transaction, key, user.Id.ToString(), now);
            },
            context.CancellationToken);
        return new CreateAccessKeyResponse
        {
            AccessKey = new AccessKey
            {
                UserName = user.Record.Name,
                AccessKeyId = id,
                Status = "Active",
                SecretAccessKey = secret,
                CreateDate = Timestamp.FromDateTimeOffset(now),
            },
        };
    }

    public override async Task<ListAccessKeysResponse> ListAccessKeys(ListAccessKeysRequest request, ServerCallContext context)
    {
        var user = await work.RequireAsync(IamKind.User, request.UserName, context.CancellationToken);
        var rows = await work.ReadAsync((transaction, _) => accessKeys.ListAsync(transaction, user.Id.ToString()), context.CancellationToken);
        return new ListAccessKeysResponse
        {
            AccessKeyMetadata =
            {
                rows.Select(row => new AccessKeyMetadata
                {
                    UserName = user.Record.Name,
                    AccessKeyId = row.Id,
                    Status = row.IsActive ? "Active" : "Inactive",
                    CreateDate = Timestamp.FromDateTimeOffset(row.CreatedAt),
                }),
            },
        };
    }

    public override async Task<UpdateAccessKeyResponse> UpdateAccessKey(UpdateAccessKeyRequest request, ServerCallContext context)
    {
        var user = await work.RequireAsync(IamKind.User, request.UserName, context.CancellationToken);
        if (!await work.WriteAsync(
                (transaction, _) => accessKeys.SetActiveAsync(transaction, user.Id.ToString(), request.AccessKeyId, request.Status == "Active"),
                context.CancellationToken))
            throw IamError.NotFound($"The Access Key with id {request.AccessKeyId}");
        return new UpdateAccessKeyResponse();
    }

    public override async Task<DeleteAccessKeyResponse> DeleteAccessKey(DeleteAccessKeyRequest request, ServerCallContext context)
    {
        var user = await work.RequireAsync(IamKind.User, request.UserName, context.CancellationToken);
        if (!await work.WriteAsync(
                (transaction, _) => accessKeys.DeleteAsync(transaction, user.Id.ToString(), request.AccessKeyId), context.CancellationToken))
            throw IamError.NotFound($"The Access Key with id {request.AccessKeyId}");
        return new DeleteAccessKeyResponse();
    }

    public override async Task<CreatePolicyResponse> CreatePolicy(CreatePolicyRequest request, ServerCallContext context) =>
        new() { Policy = ToPolicy(await identities.CreatePolicyAsync(request, context.CancellationToken), 0) };

    public override async Task<GetPolicyResponse> GetPolicy(GetPolicyRequest request, ServerCallContext context)
    {
        var counts = await identities.CountAttachmentsAsync(context.CancellationToken);
        var count = counts.GetValueOrDefault(request.PolicyArn);
        return new GetPolicyResponse
        {
            Policy = ManagedPolicies.Find(request.PolicyArn) is not null
                ? ToPolicy(request.PolicyArn, count)
                : ToPolicy(await identities.RequirePolicyAsync(request.PolicyArn, context.CancellationToken), count),
        };
    }

    public override async Task<GetPolicyVersionResponse> GetPolicyVersion(GetPolicyVersionRequest request, ServerCallContext context)
    {
        if (request.VersionId != "v1")
            throw IamError.NotFound($"Policy {request.PolicyArn} version {request.VersionId}");
        var version = new PolicyVersion { VersionId = "v1", IsDefaultVersion = true };
        if (ManagedPolicies.Find(request.PolicyArn) is { } managed)
        {
            version.Document = Uri.EscapeDataString(managed.Document);
            return new GetPolicyVersionResponse { PolicyVersion = version };
        }

        var policy = await identities.RequirePolicyAsync(request.PolicyArn, context.CancellationToken);
        version.Document = Uri.EscapeDataString(policy.Record.Document);
        version.CreateDate = policy.Record.CreateDate;
        return new GetPolicyVersionResponse { PolicyVersion = version };
    }

    public override async Task<ListPoliciesResponse> ListPolicies(ListPoliciesRequest request, ServerCallContext context)
    {
        var counts = await identities.CountAttachmentsAsync(context.CancellationToken);
        var response = new ListPoliciesResponse();
        // Those of the installation are few: all on the first page.
        if (request.Scope != "Local" && !request.HasMarker && (request.PathPrefix.Length == 0 || request.PathPrefix == "/"))
            response.Policies.AddRange(ManagedPolicies.Arns.Select(arn => ToPolicy(arn, counts.GetValueOrDefault(arn))));
        if (request.Scope == "AWS")
            return response;
        var (rows, marker) = await work.ListAsync(
            IamKind.Policy, request.PathPrefix, request.Marker, request.HasMaxItems ? request.MaxItems : PageDefault, context.CancellationToken);
        response.Policies.AddRange(rows.Select(policy => ToPolicy(policy, counts.GetValueOrDefault(policy.Arn(work.AccountId)))));
        response.IsTruncated = marker is not null;
        if (marker is not null)
            response.Marker = marker;
        return response;
    }

    public override async Task<DeletePolicyResponse> DeletePolicy(DeletePolicyRequest request, ServerCallContext context)
    {
        await identities.DeletePolicyAsync(request.PolicyArn, context.CancellationToken);
        return new DeletePolicyResponse();
    }

    public override async Task<PutUserPolicyResponse> PutUserPolicy(PutUserPolicyRequest request, ServerCallContext context)
    {
        await policies.PutAsync(IamKind.User, request.UserName, request.PolicyName, request.PolicyDocument, context.CancellationToken);
        return new PutUserPolicyResponse();
    }

    public override async Task<GetUserPolicyResponse> GetUserPolicy(GetUserPolicyRequest request, ServerCallContext context) => new()
    {
        UserName = request.UserName,
        PolicyName = request.PolicyName,
        PolicyDocument = await policies.GetAsync(IamKind.User, request.UserName, request.PolicyName, context.CancellationToken),
    };

    public override async Task<ListUserPoliciesResponse> ListUserPolicies(ListUserPoliciesRequest request, ServerCallContext context) =>
        new() { PolicyNames = { await policies.ListAsync(IamKind.User, request.UserName, context.CancellationToken) } };

    public override async Task<DeleteUserPolicyResponse> DeleteUserPolicy(DeleteUserPolicyRequest request, ServerCallContext context)
    {
        await policies.DeleteAsync(IamKind.User, request.UserName, request.PolicyName, context.CancellationToken);
        return new DeleteUserPolicyResponse();
    }

    public override async Task<AttachUserPolicyResponse> AttachUserPolicy(AttachUserPolicyRequest request, ServerCallContext context)
    {
        await policies.AttachAsync(IamKind.User, request.UserName, request.PolicyArn, context.CancellationToken);
        return new AttachUserPolicyResponse();
    }

    public override async Task<DetachUserPolicyResponse> DetachUserPolicy(DetachUserPolicyRequest request, ServerCallContext context)
    {
        await policies.DetachAsync(IamKind.User, request.UserName, request.PolicyArn, context.CancellationToken);
        return new DetachUserPolicyResponse();
    }

    public override async Task<ListAttachedUserPoliciesResponse> ListAttachedUserPolicies(
        ListAttachedUserPoliciesRequest request, ServerCallContext context) =>
        new() { AttachedPolicies = { await policies.ListAttachedAsync(IamKind.User, request.UserName, context.CancellationToken) } };

    public override async Task<PutGroupPolicyResponse> PutGroupPolicy(PutGroupPolicyRequest request, ServerCallContext context)
    {
        await policies.PutAsync(IamKind.Group, request.GroupName, request.PolicyName, request.PolicyDocument, context.CancellationToken);
        return new PutGroupPolicyResponse();
    }

    public override async Task<GetGroupPolicyResponse> GetGroupPolicy(GetGroupPolicyRequest request, ServerCallContext context) => new()
    {
        GroupName = request.GroupName,
        PolicyName = request.PolicyName,
        PolicyDocument = await policies.GetAsync(IamKind.Group, request.GroupName, request.PolicyName, context.CancellationToken),
    };

    public override async Task<ListGroupPoliciesResponse> ListGroupPolicies(ListGroupPoliciesRequest request, ServerCallContext context) =>
        new() { PolicyNames = { await policies.ListAsync(IamKind.Group, request.GroupName, context.CancellationToken) } };

    public override async Task<DeleteGroupPolicyResponse> DeleteGroupPolicy(DeleteGroupPolicyRequest request, ServerCallContext context)
    {
        await policies.DeleteAsync(IamKind.Group, request.GroupName, request.PolicyName, context.CancellationToken);
        return new DeleteGroupPolicyResponse();
    }

    public override async Task<AttachGroupPolicyResponse> AttachGroupPolicy(AttachGroupPolicyRequest request, ServerCallContext context)
    {
        await policies.AttachAsync(IamKind.Group, request.GroupName, request.PolicyArn, context.CancellationToken);
        return new AttachGroupPolicyResponse();
    }

    public override async Task<DetachGroupPolicyResponse> DetachGroupPolicy(DetachGroupPolicyRequest request, ServerCallContext context)
    {
        await policies.DetachAsync(IamKind.Group, request.GroupName, request.PolicyArn, context.CancellationToken);
        return new DetachGroupPolicyResponse();
    }

    public override async Task<ListAttachedGroupPoliciesResponse> ListAttachedGroupPolicies(
        ListAttachedGroupPoliciesRequest request, ServerCallContext context) =>
        new() { AttachedPolicies = { await policies.ListAttachedAsync(IamKind.Group, request.GroupName, context.CancellationToken) } };

    public override async Task<PutRolePolicyResponse> PutRolePolicy(PutRolePolicyRequest request, ServerCallContext context)
    {
        await policies.PutAsync(IamKind.Role, request.RoleName, request.PolicyName, request.PolicyDocument, context.CancellationToken);
        return new PutRolePolicyResponse();
    }

    public override async Task<GetRolePolicyResponse> GetRolePolicy(GetRolePolicyRequest request, ServerCallContext context) => new()
    {
        RoleName = request.RoleName,
        PolicyName = request.PolicyName,
        PolicyDocument = await policies.GetAsync(IamKind.Role, request.RoleName, request.PolicyName, context.CancellationToken),
    };

    public override async Task<ListRolePoliciesResponse> ListRolePolicies(ListRolePoliciesRequest request, ServerCallContext context) =>
        new() { PolicyNames = { await policies.ListAsync(IamKind.Role, request.RoleName, context.CancellationToken) } };

    public override async Task<DeleteRolePolicyResponse> DeleteRolePolicy(DeleteRolePolicyRequest request, ServerCallContext context)
    {
        await policies.DeleteAsync(IamKind.Role, request.RoleName, request.PolicyName, context.CancellationToken);
        return new DeleteRolePolicyResponse();
    }

    public override async Task<AttachRolePolicyResponse> AttachRolePolicy(AttachRolePolicyRequest request, ServerCallContext context)
    {
        await policies.AttachAsync(IamKind.Role, request.RoleName, request.PolicyArn, context.CancellationToken);
        return new AttachRolePolicyResponse();
    }

    public override async Task<DetachRolePolicyResponse> DetachRolePolicy(DetachRolePolicyRequest request, ServerCallContext context)
    {
        await policies.DetachAsync(IamKind.Role, request.RoleName, request.PolicyArn, context.CancellationToken);
        return new DetachRolePolicyResponse();
    }

    public override async Task<ListAttachedRolePoliciesResponse> ListAttachedRolePolicies(
        ListAttachedRolePoliciesRequest request, ServerCallContext context) =>
        new() { AttachedPolicies = { await policies.ListAttachedAsync(IamKind.Role, request.RoleName, context.CancellationToken) } };

    private static Policy ToPolicy(string managedArn, int attachments) => new()
    {
        PolicyName = managedArn[ManagedPolicies.ArnPrefix.Length..],
        Arn = managedArn,
        Path = "/",
        DefaultVersionId = "v1",
        AttachmentCount = attachments,
        IsAttachable = true,
        Description = ManagedPolicies.Find(managedArn)?.Description ?? "",
    };

    private Policy ToPolicy(IamIdentity policy, int attachments)
    {
        var made = new Policy
        {
            PolicyName = policy.Record.Name,
            PolicyId = policy.Record.PublicId,
            Arn = policy.Arn(work.AccountId),
            Path = policy.Record.Path,
            DefaultVersionId = "v1",
            AttachmentCount = attachments,
            IsAttachable = true,
            CreateDate = policy.Record.CreateDate,
            UpdateDate = policy.Record.CreateDate,
        };
        if (policy.Record.Description.Length > 0)
            made.Description = policy.Record.Description;
        return made;
    }
}
