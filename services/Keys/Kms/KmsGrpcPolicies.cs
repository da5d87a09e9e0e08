using Google.Protobuf.Collections;
using Grpc.Core;
using Mailstead.Contracts.Keys.V1;
using Mailstead.Contracts.Kms.V1;
using Mailstead.Keys.CustomerKeys;
using Mailstead.Policies;

namespace Mailstead.Keys.Kms;

/// <summary>Policies and tags of keys.</summary>
internal sealed partial class KmsGrpc
{
    private const int TagsMax = 50;

    public override async Task<GetKeyPolicyResponse> GetKeyPolicy(GetKeyPolicyRequest request, ServerCallContext context)
    {
        RequireDefault(request.PolicyName);
        var key = await work.RequireAsync(CallerOf.Context(context), request.KeyId, "GetKeyPolicy", context.CancellationToken);
        return new GetKeyPolicyResponse { Policy = policies.TextOf(key), PolicyName = KeyPolicies.Name };
    }

    public override async Task<PutKeyPolicyResponse> PutKeyPolicy(PutKeyPolicyRequest request, ServerCallContext context)
    {
        RequireDefault(request.PolicyName);
        var caller = CallerOf.Context(context);
        var bypass = ("kms:BypassPolicyLockoutSafetyCheck", new[] { request.BypassPolicyLockoutSafetyCheck ? "true" : "false" });
        var key = await work.RequireAsync(caller, request.KeyId, found => new KeyUse("PutKeyPolicy", found, bypass), context.CancellationToken);
        await RequirePolicyAsync(
            caller, key with { Record = new StoredCustomerKey(key.Record) { Policy = request.Policy } }, request.BypassPolicyLockoutSafetyCheck,
            context.CancellationToken);
        await work.ChangeAsync(
            key.KeyId, now => KmsWork.RequireAlive(now) with { Record = new StoredCustomerKey(now.Record) { Policy = request.Policy } },
            context.CancellationToken);
        return new PutKeyPolicyResponse();
    }

    public override async Task<ListKeyPoliciesResponse> ListKeyPolicies(ListKeyPoliciesRequest request, ServerCallContext context)
    {
        await work.RequireAsync(CallerOf.Context(context), request.KeyId, "ListKeyPolicies", context.CancellationToken);
        return new ListKeyPoliciesResponse { PolicyNames = { KeyPolicies.Name }, Truncated = false };
    }

    public override async Task<TagResourceResponse> TagResource(TagResourceRequest request, ServerCallContext context)
    {
        RequireTags(request.Tags);
        (string, string[])[] conditions =
        [
            ("aws:TagKeys", [.. request.Tags.Select(tag => tag.TagKey)]), .. request.Tags.Select(tag => ($"aws:RequestTag/{tag.TagKey}", new[] { tag.TagValue })),
        ];
        var key = await work.RequireAsync(
            CallerOf.Context(context), request.KeyId, found => new KeyUse("TagResource", found, conditions), context.CancellationToken);
        await ChangeTagsAsync(
            key, tags => [.. tags.Where(tag => request.Tags.All(given => given.TagKey != tag.TagKey)), .. request.Tags], context.CancellationToken);
        return new TagResourceResponse();
    }

    public override async Task<UntagResourceResponse> UntagResource(UntagResourceRequest request, ServerCallContext context)
    {
        var key = await work.RequireAsync(
            CallerOf.Context(context), request.KeyId, found => new KeyUse("UntagResource", found, ("aws:TagKeys", [.. request.TagKeys])), context.CancellationToken);
        await ChangeTagsAsync(key, tags => [.. tags.Where(tag => !request.TagKeys.Contains(tag.TagKey))], context.CancellationToken);
        return new UntagResourceResponse();
    }

    public override async Task<ListResourceTagsResponse> ListResourceTags(ListResourceTagsRequest request, ServerCallContext context)
    {
        var key = await work.RequireAsync(CallerOf.Context(context), request.KeyId, "ListResourceTags", context.CancellationToken);
        return new ListResourceTagsResponse { Tags = { key.Record.Tags }, Truncated = false };
    }

    private Task<CustomerKey> ChangeTagsAsync(CustomerKey key, Func<IEnumerable<Tag>, List<Tag>> change, CancellationToken cancellationToken) => work.ChangeAsync(
        key.KeyId,
        now =>
        {
            var tags = change(KmsWork.RequireAlive(now).Record.Tags);
            if (tags.Count > TagsMax)
                throw KmsError.Limit($"A key has at most {TagsMax} tags");
            var record = new StoredCustomerKey(now.Record);
            record.Tags.Clear();
            record.Tags.Add(tags);
            return now with { Record = record };
        },
        cancellationToken);

    /// <summary>A policy that can be read, is about this key and leaves the caller able to change it, unless that is not wanted.</summary>
    private async Task RequirePolicyAsync(Caller caller, CustomerKey key, bool mayLockOut, CancellationToken cancellationToken)
    {
        PolicyDocument policy;
        try
        {
            policy = policies.Of(key);
        }
        catch (FormatException wrong)
        {
            throw KmsError.MalformedPolicy(wrong.Message);
        }

        if (!mayLockOut && !await access.KeepsControlAsync(caller, key, policy, cancellationToken))
            throw KmsError.MalformedPolicy("The new key policy will not allow you to update the key policy in the future.");
    }

    private static void RequireDefault(string policyName)
    {
        if (policyName.Length > 0 && policyName != KeyPolicies.Name)
            throw KmsError.NotFound("No such policy exists");
    }

    private static void RequireTags(RepeatedField<Tag> tags)
    {
        if (tags.Select(tag => tag.TagKey).Distinct().Count() != tags.Count)
            throw KmsError.Tag("Each TagKey is given once");
        if (tags.FirstOrDefault(tag => tag.TagKey.StartsWith("aws:", StringComparison.OrdinalIgnoreCase)) is { } reserved)
            throw KmsError.Tag($"{reserved.TagKey} is reserved: tag keys do not begin with aws:");
    }
}
