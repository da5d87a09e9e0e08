using Mailstead.Keys.Aliases;
using Mailstead.Keys.Grants;
using Mailstead.Keys.Providers;
using Mailstead.Persistence.Databases;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Mailstead.Keys.CustomerKeys;

/// <summary>Destroys the material of a key whose time is over. The row stays: organizations that used it are told why nothing opens.</summary>
internal sealed partial class DeleteKey(
    [FromKeyedServices("keys")] Database database, CustomerKeyTable keys, AliasTable aliases, GrantTable grants, KeyProviders providers, TimeProvider clock,
    ILogger<DeleteKey> logger)
{
    public async Task RunAsync(Guid keyId, CancellationToken cancellationToken)
    {
        var (key, materials) = await database.WriteAsync(
            TenantScope.None,
            async transaction =>
            {
                await keys.LockAsync(transaction, keyId);
                // Its deletion may have been called off.
                if (await keys.FindAsync(transaction, keyId) is not { State: KeyState.PendingDeletion } found || found.DeletionAt > clock.GetUtcNow())
                    return (null, []);
                var destroyed = await keys.DestroyMaterialsAsync(transaction, keyId);
                await aliases.DeleteOfKeyAsync(transaction, keyId);
                await grants.DeleteOfKeyAsync(transaction, keyId);
                await keys.ChangeAsync(transaction, found with { State = KeyState.Deleted, RotationAt = null });
                return ((CustomerKey?)found, destroyed);
            },
            cancellationToken);
        if (key is null)
            return;
        LogDeleted(keyId);
        await providers.Of(key).ForgetAsync(keyId, materials, cancellationToken);
    }

    [LoggerMessage(LogLevel.Warning, "Key {KeyId} is deleted: what it protected can't be read again")]
    private partial void LogDeleted(Guid keyId);
}
