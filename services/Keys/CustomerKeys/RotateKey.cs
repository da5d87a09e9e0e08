using Mailstead.Keys.Providers;
using Mailstead.Persistence.Databases;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Mailstead.Keys.CustomerKeys;

/// <summary>Gives a key new material. What the old encrypted stays readable, and data keys are wrapped anew behind everybody's back.</summary>
internal sealed partial class RotateKey(
    [FromKeyedServices("keys")] Database database, CustomerKeyTable keys, KeyProviders providers, TimeProvider clock, ILogger<RotateKey> logger)
{
    public async Task RunAsync(CustomerKey key, bool isOnDemand, CancellationToken cancellationToken)
    {
        var material = await providers.Of(key).CreateMaterialAsync(key.KeyId, cancellationToken);
        var isRotated = await database.WriteAsync(
            TenantScope.None,
            async transaction =>
            {
                await keys.LockAsync(transaction, key.KeyId);
                if (await keys.FindAsync(transaction, key.KeyId) is not { State: KeyState.Enabled } now)
                    return false;
                // Somebody else may have done what is due.
                if (!isOnDemand && now.RotationAt != key.RotationAt)
                    return false;
                await keys.InsertMaterialAsync(transaction, key.KeyId, material, clock.GetUtcNow(), isOnDemand);
                if (!isOnDemand)
                    await keys.ChangeAsync(transaction, now with { RotationAt = clock.GetUtcNow().AddDays(now.Record.RotationPeriodDays) });
                return true;
            },
            cancellationToken);
        if (isRotated)
            LogRotated(key.KeyId);
    }

    [LoggerMessage(LogLevel.Information, "Key {KeyId} has new material")]
    private partial void LogRotated(Guid keyId);
}
