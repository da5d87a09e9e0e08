using Mailstead.Contracts.Iam.V1;
using Mailstead.Directories.AccessKeys;
using Mailstead.Policies;

namespace Mailstead.Directories.Iam;

/// <summary>Users, groups, roles and managed policies as wholes: who is in which group, and what keeps one from being deleted.</summary>
internal sealed class Identities(IamWork work, AccessKeyTable accessKeys)
{
    private const int AllMax = 5000;

    public Task<IamIdentity> CreateRoleAsync(CreateRoleRequest request, CancellationToken cancellationToken)
    {
        PolicyAttachments.Check(request.AssumeRolePolicyDocument, PolicyReader.ReadTrustPolicy);
        return work.CreateAsync(
            IamKind.Role, request.RoleName, request.Path, request.Description, request.AssumeRolePolicyDocument, cancellationToken);
    }

    public Task UpdateTrustAsync(UpdateAssumeRolePolicyRequest request, CancellationToken cancellationToken)
    {
        PolicyAttachments.Check(request.PolicyDocument, PolicyReader.ReadTrustPolicy);
        return work.ChangeAsync(IamKind.Role, request.RoleName, record => record.Document = request.PolicyDocument, cancellationToken);
    }

    public Task<IamIdentity> CreatePolicyAsync(CreatePolicyRequest request, CancellationToken cancellationToken)
    {
        PolicyAttachments.Check(request.PolicyDocument, PolicyReader.ReadIdentityPolicy);
        return work.CreateAsync(
            IamKind.Policy, request.PolicyName, request.Path, request.Description, request.PolicyDocument, cancellationToken);
    }

    /// <summary>Refused while it has anything that would be lost with it.</summary>
    public Task DeleteAsync(IamKind kind, string name, CancellationToken cancellationToken) => work.WriteAsync(
        async (transaction, key) =>
        {
            var found = await IamTable.FindForChangeAsync(transaction, key, kind, name) ?? throw IamWork.Missing(kind, name);
            if (found.Record.InlinePolicies.Count > 0)
                throw IamError.Conflict("Cannot delete entity, must delete policies first.");
            if (found.Record.AttachedPolicyArns.Count > 0)
                throw IamError.Conflict("Cannot delete entity, must detach all policies first.");
            if (found.Record.GroupIds.Count > 0)
                throw IamError.Conflict("Cannot delete entity, must remove the user from all groups first.");
            if (kind == IamKind.Group && (await MembersAsync(transaction, key, found.Id)).Count > 0)
                throw IamError.Conflict("Cannot delete entity, must remove users from group first.");
            if (kind == IamKind.User && (await accessKeys.ListAsync(transaction, found.Id.ToString())).Count > 0)
                throw IamError.Conflict("Cannot delete entity, must delete access keys first.");
            return await IamTable.DeleteAsync(transaction, found.Id);
        },
        cancellationToken);

    public Task DeletePolicyAsync(string arn, CancellationToken cancellationToken)
    {
        if (arn.StartsWith(ManagedPolicies.ArnPrefix, StringComparison.Ordinal))
            throw IamError.Unmodifiable("Policies of the installation can't be deleted.");
        return work.WriteAsync(
            async (transaction, key) =>
            {
                var found = await IamTable.FindForChangeAsync(transaction, key, IamKind.Policy, NameOf(arn));
                if (found?.Arn(work.AccountId) != arn)
                    throw IamError.NotFound($"Policy {arn}");
                if ((await CountAttachmentsAsync(transaction, key)).ContainsKey(arn))
                    throw IamError.Conflict("Cannot delete a policy attached to entities.");
                return await IamTable.DeleteAsync(transaction, found.Id);
            },
            cancellationToken);
    }

    public Task<Dictionary<string, int>> CountAttachmentsAsync(CancellationToken cancellationToken) =>
        work.ReadAsync(CountAttachmentsAsync, cancellationToken);

    /// <exception cref="Grpc.Core.RpcException">NoSuchEntity.</exception>
    public async Task<IamIdentity> RequirePolicyAsync(string arn, CancellationToken cancellationToken)
    {
        var found = await work.ReadAsync((transaction, key) => IamTable.FindAsync(transaction, key, IamKind.Policy, NameOf(arn)), cancellationToken);
        return found?.Arn(work.AccountId) == arn ? found : throw IamError.NotFound($"Policy {arn}");
    }

    public async Task AddToGroupAsync(string group, string user, CancellationToken cancellationToken)
    {
        var id = (await work.RequireAsync(IamKind.Group, group, cancellationToken)).Id.ToString();
        await work.ChangeAsync(
            IamKind.User, user,
            record =>
            {
                if (!record.GroupIds.Contains(id))
                    record.GroupIds.Add(id);
            },
            cancellationToken);
    }

    public async Task RemoveFromGroupAsync(string group, string user, CancellationToken cancellationToken)
    {
        var id = (await work.RequireAsync(IamKind.Group, group, cancellationToken)).Id.ToString();
        await work.ChangeAsync(
            IamKind.User, user,
            record =>
            {
                if (!record.GroupIds.Remove(id))
                    throw IamError.NotFound($"User {user} in group {group}");
            },
            cancellationToken);
    }

    public Task<List<IamIdentity>> MembersAsync(Guid groupId, CancellationToken cancellationToken) =>
        work.ReadAsync((transaction, key) => MembersAsync(transaction, key, groupId), cancellationToken);

    public async Task<List<IamIdentity>> GroupsOfAsync(string user, CancellationToken cancellationToken)
    {
        var ids = (await work.RequireAsync(IamKind.User, user, cancellationToken)).Record.GroupIds;
        var groups = await work.ReadAsync((transaction, key) => IamTable.ListAsync(transaction, key, IamKind.Group, Guid.Empty, AllMax), cancellationToken);
        return groups.FindAll(group => ids.Contains(group.Id.ToString()));
    }

    private static string NameOf(string arn) => arn[(arn.LastIndexOf('/') + 1)..];

    private static async ValueTask<List<IamIdentity>> MembersAsync(
        Persistence.Databases.Transaction transaction, Persistence.Encryption.DataKey key, Guid groupId)
    {
        var id = groupId.ToString();
        return (await IamTable.ListAsync(transaction, key, IamKind.User, Guid.Empty, AllMax)).FindAll(user => user.Record.GroupIds.Contains(id));
    }

    private static async ValueTask<Dictionary<string, int>> CountAttachmentsAsync(
        Persistence.Databases.Transaction transaction, Persistence.Encryption.DataKey key)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var kind in new[] { IamKind.User, IamKind.Group, IamKind.Role })
        {
            foreach (var arn in (await IamTable.ListAsync(transaction, key, kind, Guid.Empty, AllMax)).SelectMany(one => one.Record.AttachedPolicyArns))
                counts[arn] = counts.GetValueOrDefault(arn) + 1;
        }

        return counts;
    }
}
