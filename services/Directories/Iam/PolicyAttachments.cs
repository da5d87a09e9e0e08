using Google.Protobuf.Collections;
using Mailstead.Contracts.Iam.V1;
using Mailstead.Policies;

namespace Mailstead.Directories.Iam;

/// <summary>Policies of users, groups and roles: their own, by name, and managed ones, by ARN.</summary>
internal sealed class PolicyAttachments(IamWork work)
{
    private const int InlineMax = 50;
    private const int AttachedMax = 20;

    public Task PutAsync(IamKind kind, string name, string policy, string document, CancellationToken cancellationToken)
    {
        Check(document, PolicyReader.ReadIdentityPolicy);
        return work.ChangeAsync(
            kind, name,
            record =>
            {
                record.InlinePolicies[policy] = document;
                if (record.InlinePolicies.Count > InlineMax)
                    throw IamError.Limit($"At most {InlineMax} policies are embedded in one {IamIdentity.WordOf(kind)}.");
            },
            cancellationToken);
    }

    public async Task<string> GetAsync(IamKind kind, string name, string policy, CancellationToken cancellationToken) =>
        (await work.RequireAsync(kind, name, cancellationToken)).Record.InlinePolicies.TryGetValue(policy, out var document)
            ? Uri.EscapeDataString(document)
            : throw MissingInline(kind, name, policy);

    public async Task<IReadOnlyList<string>> ListAsync(IamKind kind, string name, CancellationToken cancellationToken) =>
        [.. (await work.RequireAsync(kind, name, cancellationToken)).Record.InlinePolicies.Keys.Order(StringComparer.Ordinal)];

    public Task DeleteAsync(IamKind kind, string name, string policy, CancellationToken cancellationToken) => work.ChangeAsync(
        kind, name,
        record =>
        {
            if (!record.InlinePolicies.Remove(policy))
                throw MissingInline(kind, name, policy);
        },
        cancellationToken);

    public async Task AttachAsync(IamKind kind, string name, string arn, CancellationToken cancellationToken)
    {
        await RequirePolicyAsync(arn, cancellationToken);
        await work.ChangeAsync(
            kind, name,
            record =>
            {
                if (record.AttachedPolicyArns.Contains(arn))
                    return;
                if (record.AttachedPolicyArns.Count >= AttachedMax)
                    throw IamError.Limit($"At most {AttachedMax} policies are attached to one {IamIdentity.WordOf(kind)}.");
                record.AttachedPolicyArns.Add(arn);
            },
            cancellationToken);
    }

    public Task DetachAsync(IamKind kind, string name, string arn, CancellationToken cancellationToken) => work.ChangeAsync(
        kind, name,
        record =>
        {
            if (!record.AttachedPolicyArns.Remove(arn))
                throw IamError.NotFound($"Policy {arn} attached to {name}");
        },
        cancellationToken);

    public async Task<RepeatedField<AttachedPolicy>> ListAttachedAsync(IamKind kind, string name, CancellationToken cancellationToken)
    {
        var found = await work.RequireAsync(kind, name, cancellationToken);
        return [.. found.Record.AttachedPolicyArns.Select(arn => new AttachedPolicy { PolicyArn = arn, PolicyName = arn[(arn.LastIndexOf('/') + 1)..] })];
    }

    /// <summary>What a document says that anything is wrong with becomes the API's error.</summary>
    /// <exception cref="Grpc.Core.RpcException">MalformedPolicyDocument.</exception>
    public static void Check(string document, Func<string, PolicyDocument> read)
    {
        try
        {
            read(document);
        }
        catch (FormatException wrong)
        {
            throw IamError.Malformed(wrong.Message);
        }
    }

    private async Task RequirePolicyAsync(string arn, CancellationToken cancellationToken)
    {
        if (ManagedPolicies.Find(arn) is not null)
            return;
        var name = arn[(arn.LastIndexOf('/') + 1)..];
        var found = await work.ReadAsync((transaction, key) => IamTable.FindAsync(transaction, key, IamKind.Policy, name), cancellationToken);
        if (found?.Arn(work.AccountId) != arn)
            throw IamError.NotFound($"Policy {arn}");
    }

    private static Grpc.Core.RpcException MissingInline(IamKind kind, string name, string policy) =>
        IamError.NotFound($"The {IamIdentity.WordOf(kind)} policy with name {policy} of {name}");
}
