using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Mailstead.Contracts.Keys.V1;
using Mailstead.Contracts.Kms.V1;
using Mailstead.Hosting;
using Mailstead.Keys.Aliases;
using Mailstead.Keys.CustomerKeys;
using Mailstead.Keys.Grants;
using Mailstead.Keys.Providers;
using State = Mailstead.Contracts.Kms.V1.KeyState.Types.Value;
using StoredState = Mailstead.Keys.CustomerKeys.KeyState;

namespace Mailstead.Keys.Kms;

/// <summary>The key service as administrators see it. Here: keys and their states; the other files have what else there is of a key.</summary>
internal sealed partial class KmsGrpc(
    KmsWork work, KeyAccess access, KeyPolicies policies, CustomerKeyTable keys, AliasTable aliases, GrantTable grants, KeyProviders providers,
    RotateKey rotate, InstallationOptions installation, TimeProvider clock)
    : Contracts.Kms.V1.Kms.KmsBase
{
    private const string OnlyUsage = "ENCRYPT_DECRYPT";
    private const string OnlyOrigin = "AWS_KMS";
    private const int WindowDaysDefault = 30;

    public override async Task<CreateKeyResponse> CreateKey(CreateKeyRequest request, ServerCallContext context)
    {
        var caller = CallerOf.Context(context);
        RequireOnly("KeySpec", request.HasKeySpec ? request.KeySpec : request.CustomerMasterKeySpec, StoredState.Symmetric);
        RequireOnly("KeyUsage", request.KeyUsage, OnlyUsage);
        RequireOnly("Origin", request.Origin, OnlyOrigin);
        if (request.HasCustomKeyStoreId || request.MultiRegion)
            throw KmsError.Unsupported("Keys have no custom key store and one region: leave CustomKeyStoreId and MultiRegion out");
        RequireTags(request.Tags);
        await access.RequireAsync(caller, "CreateKey", KmsWork.AnyKey, context.CancellationToken);
        if (request.Tags.Count > 0)
            await access.RequireAsync(caller, "TagResource", KmsWork.AnyKey, context.CancellationToken);
        var keyId = Guid.CreateVersion7(clock.GetUtcNow());
        var key = new CustomerKey
        {
            KeyId = keyId,
            Arn = work.ArnOf(keyId),
            Provider = providers.ForNewKeys.Name,
            State = StoredState.Enabled,
            Spec = StoredState.Symmetric,
            CreatedAt = clock.GetUtcNow(),
            Record = new StoredCustomerKey
            {
                Manager = KeyManager.Types.Value.Customer,
                Policy = request.HasPolicy ? request.Policy : policies.OfCustomers,
                Description = request.Description,
                Tags = { request.Tags },
            },
        };
        // The policy of keys that are made without one leaves it to the account who may change it.
        await RequirePolicyAsync(caller, key, request.BypassPolicyLockoutSafetyCheck || !request.HasPolicy, context.CancellationToken);
        var material = await AskAsync(() => providers.ForNewKeys.CreateMaterialAsync(keyId, context.CancellationToken));
        await work.WriteAsync(
            async transaction =>
            {
                await keys.InsertAsync(transaction, key, material);
                return true;
            },
            context.CancellationToken);
        return new CreateKeyResponse { KeyMetadata = MetadataOf(key) };
    }

    public override async Task<DescribeKeyResponse> DescribeKey(DescribeKeyRequest request, ServerCallContext context)
    {
        var key = await work.RequireAsync(
            CallerOf.Context(context), request.KeyId, found => new KeyUse("DescribeKey", found), context.CancellationToken, takesAlias: true);
        return new DescribeKeyResponse { KeyMetadata = MetadataOf(key) };
    }

    public override async Task<ListKeysResponse> ListKeys(ListKeysRequest request, ServerCallContext context)
    {
        await access.RequireAsync(CallerOf.Context(context), "ListKeys", KmsWork.AnyKey, context.CancellationToken);
        var count = request.HasLimit ? request.Limit : KmsPage.Default;
        var after = KmsPage.ReadId(request.Marker);
        var found = await work.ReadAsync(transaction => keys.ListAsync(transaction, after, count + 1), context.CancellationToken);
        var (rows, marker) = KmsPage.Cut(found, count, key => key.KeyId.ToString());
        var response = new ListKeysResponse
        {
            Keys = { rows.Select(key => new KeyListEntry { KeyId = key.KeyId.ToString(), KeyArn = key.Arn }) },
            Truncated = marker is not null,
        };
        if (marker is not null)
            response.NextMarker = marker;
        return response;
    }

    public override async Task<UpdateKeyDescriptionResponse> UpdateKeyDescription(UpdateKeyDescriptionRequest request, ServerCallContext context)
    {
        var key = await work.RequireAsync(CallerOf.Context(context), request.KeyId, "UpdateKeyDescription", context.CancellationToken);
        await work.ChangeAsync(
            key.KeyId, now => KmsWork.RequireAlive(now) with { Record = new StoredCustomerKey(now.Record) { Description = request.Description } },
            context.CancellationToken);
        return new UpdateKeyDescriptionResponse();
    }

    public override async Task<EnableKeyResponse> EnableKey(EnableKeyRequest request, ServerCallContext context)
    {
        await SetStateAsync(request.KeyId, "EnableKey", StoredState.Enabled, context);
        return new EnableKeyResponse();
    }

    public override async Task<DisableKeyResponse> DisableKey(DisableKeyRequest request, ServerCallContext context)
    {
        await SetStateAsync(request.KeyId, "DisableKey", StoredState.Disabled, context);
        return new DisableKeyResponse();
    }

    public override async Task<ScheduleKeyDeletionResponse> ScheduleKeyDeletion(ScheduleKeyDeletionRequest request, ServerCallContext context)
    {
        var days = request.HasPendingWindowInDays ? request.PendingWindowInDays : WindowDaysDefault;
        var condition = ("kms:ScheduleKeyDeletionPendingWindowInDays", new[] { days.ToString(System.Globalization.CultureInfo.InvariantCulture) });
        var key = await work.RequireAsync(
            CallerOf.Context(context), request.KeyId, found => new KeyUse("ScheduleKeyDeletion", found, condition), context.CancellationToken);
        var deletionAt = clock.GetUtcNow().AddDays(days);
        await work.ChangeAsync(
            key.KeyId,
            now => KmsWork.RequireAlive(now) with
            {
                State = StoredState.PendingDeletion,
                DeletionAt = deletionAt,
                Record = new StoredCustomerKey(now.Record) { PendingWindowDays = days },
            },
            context.CancellationToken);
        return new ScheduleKeyDeletionResponse
        {
            KeyId = key.Arn,
            DeletionDate = Timestamp.FromDateTimeOffset(deletionAt),
            KeyState = State.PendingDeletion,
            PendingWindowInDays = days,
        };
    }

    public override async Task<CancelKeyDeletionResponse> CancelKeyDeletion(CancelKeyDeletionRequest request, ServerCallContext context)
    {
        var key = await work.RequireAsync(CallerOf.Context(context), request.KeyId, "CancelKeyDeletion", context.CancellationToken);
        await work.ChangeAsync(
            key.KeyId,
            now => now.State == StoredState.PendingDeletion
                ? now with { State = StoredState.Disabled, DeletionAt = null }
                : throw KmsError.InvalidState(now.Arn, "not pending deletion"),
            context.CancellationToken);
        return new CancelKeyDeletionResponse { KeyId = key.Arn };
    }

    private async Task SetStateAsync(string keyId, string operation, string state, ServerCallContext context)
    {
        var key = await work.RequireAsync(CallerOf.Context(context), keyId, operation, context.CancellationToken);
        await work.ChangeAsync(key.KeyId, now => KmsWork.RequireAlive(now) with { State = state }, context.CancellationToken);
    }

    private KeyMetadata MetadataOf(CustomerKey key)
    {
        var metadata = new KeyMetadata
        {
            AwsAccountId = installation.AccountId,
            KeyId = key.KeyId.ToString(),
            Arn = key.Arn,
            CreationDate = Timestamp.FromDateTimeOffset(key.CreatedAt),
            Enabled = key.State == StoredState.Enabled,
            Description = key.Record.Description,
            KeyUsage = OnlyUsage,
            KeyState = key.State switch
            {
                StoredState.Enabled => State.Enabled,
                StoredState.PendingDeletion => State.PendingDeletion,
                _ => State.Disabled,
            },
            Origin = OnlyOrigin,
            KeyManager = key.IsOurs ? KeyManager.Types.Value.Aws : KeyManager.Types.Value.Customer,
            CustomerMasterKeySpec = key.Spec,
            KeySpec = key.Spec,
            EncryptionAlgorithms = { StoredState.Symmetric },
            MultiRegion = false,
        };
        if (key.DeletionAt is { } deletionAt)
            metadata.DeletionDate = Timestamp.FromDateTimeOffset(deletionAt);
        return metadata;
    }

    private static async Task<T> AskAsync<T>(Func<ValueTask<T>> ask)
    {
        try
        {
            return await ask();
        }
        catch (KeyProviderException failure)
        {
            throw KmsError.Provider(failure);
        }
    }

    private static void RequireOnly(string member, string given, string only)
    {
        if (given.Length > 0 && given != only)
            throw KmsError.Unsupported($"{member} {given} is not supported: keys are symmetric, {member} is {only}");
    }
}
