using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Mailstead.Contracts.Keys.V1;
using Mailstead.Contracts.Kms.V1;

namespace Mailstead.Keys.Kms;

/// <summary>New material for keys, from time to time or now. What the old material encrypted it still decrypts.</summary>
internal sealed partial class KmsGrpc
{
    private const int PeriodDaysDefault = 365;

    public override async Task<EnableKeyRotationResponse> EnableKeyRotation(EnableKeyRotationRequest request, ServerCallContext context)
    {
        var days = request.HasRotationPeriodInDays ? request.RotationPeriodInDays : PeriodDaysDefault;
        var condition = ("kms:RotationPeriodInDays", new[] { days.ToString(System.Globalization.CultureInfo.InvariantCulture) });
        var key = await work.RequireAsync(
            CallerOf.Context(context), request.KeyId, found => new KeyUse("EnableKeyRotation", found, condition), context.CancellationToken);
        await work.ChangeAsync(
            key.KeyId,
            now => KmsWork.RequireEnabled(now) with
            {
                RotationAt = clock.GetUtcNow().AddDays(days),
                Record = new StoredCustomerKey(now.Record) { RotationPeriodDays = days },
            },
            context.CancellationToken);
        return new EnableKeyRotationResponse();
    }

    public override async Task<DisableKeyRotationResponse> DisableKeyRotation(DisableKeyRotationRequest request, ServerCallContext context)
    {
        var key = await work.RequireAsync(CallerOf.Context(context), request.KeyId, "DisableKeyRotation", context.CancellationToken);
        await work.ChangeAsync(key.KeyId, now => KmsWork.RequireEnabled(now) with { RotationAt = null }, context.CancellationToken);
        return new DisableKeyRotationResponse();
    }

    public override async Task<GetKeyRotationStatusResponse> GetKeyRotationStatus(GetKeyRotationStatusRequest request, ServerCallContext context)
    {
        var key = await work.RequireAsync(CallerOf.Context(context), request.KeyId, "GetKeyRotationStatus", context.CancellationToken);
        var response = new GetKeyRotationStatusResponse { KeyId = key.Arn, KeyRotationEnabled = key.RotationAt is not null };
        if (key.RotationAt is { } next)
        {
            response.RotationPeriodInDays = key.Record.RotationPeriodDays;
            response.NextRotationDate = Timestamp.FromDateTimeOffset(next);
        }

        return response;
    }

    public override async Task<RotateKeyOnDemandResponse> RotateKeyOnDemand(RotateKeyOnDemandRequest request, ServerCallContext context)
    {
        var key = KmsWork.RequireEnabled(await work.RequireAsync(CallerOf.Context(context), request.KeyId, "RotateKeyOnDemand", context.CancellationToken));
        await AskAsync(async () =>
        {
            await rotate.RunAsync(key, isOnDemand: true, context.CancellationToken);
            return true;
        });
        return new RotateKeyOnDemandResponse { KeyId = key.Arn };
    }

    public override async Task<ListKeyRotationsResponse> ListKeyRotations(ListKeyRotationsRequest request, ServerCallContext context)
    {
        var key = await work.RequireAsync(CallerOf.Context(context), request.KeyId, "ListKeyRotations", context.CancellationToken);
        var after = KmsPage.ReadName(request.Marker);
        if (!int.TryParse(after.Length == 0 ? "1" : after, System.Globalization.CultureInfo.InvariantCulture, out var version))
            throw KmsError.InvalidMarker();
        var materials = await work.ReadAsync(transaction => keys.ListMaterialsAsync(transaction, key.KeyId), context.CancellationToken);
        // The first material was no rotation.
        var (rows, marker) = KmsPage.Cut(
            [.. materials.Where(material => material.Version > version)], request.HasLimit ? request.Limit : KmsPage.Default,
            material => material.Version.ToString(System.Globalization.CultureInfo.InvariantCulture));
        var response = new ListKeyRotationsResponse
        {
            Rotations =
            {
                rows.Select(material => new RotationsListEntry
                {
                    KeyId = key.Arn,
                    RotationDate = Timestamp.FromDateTimeOffset(material.CreatedAt),
                    RotationType = material.IsOnDemand ? RotationType.Types.Value.OnDemand : RotationType.Types.Value.Automatic,
                }),
            },
            Truncated = marker is not null,
        };
        if (marker is not null)
            response.NextMarker = marker;
        return response;
    }
}
