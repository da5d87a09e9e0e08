using Mailstead.Keys.Aliases;
using Mailstead.Keys.Grants;
using Mailstead.Persistence.Databases;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Mailstead.Keys.CustomerKeys;

/// <summary>Destroys the material of a key whose time is over. The row stays: organizations that used it are told why nothing opens.</summary>
internal sealed partial class DeleteKey(
    [FromKeyedServices("keys")] Database database, CustomerKeyTable keys, AliasTable aliases, GrantTable grants, TimeProvider clock,
    ILogger<DeleteKey> logger)
{
    public async Task RunAsync(Guid keyId, CancellationToken cancellationToken)
    {
        var isDeleted = await database.WriteAsync(
            TenantScope.None,
            async transaction =>
            {
                await keys.LockAsync(transaction, keyId);
                // Its deletion may have been called off.
                if (await keys.FindAsync(transaction, keyId) is not { State: KeyState.PendingDeletion } key || key.DeletionAt > clock.GetUtcNow())
                    return false;
                await keys.DestroyMaterialsAsync(transaction, keyId);
                await aliases.DeleteOfKeyAsync(transaction, keyId);
                await grants.DeleteOfKeyAsync(transaction, keyId);
                await keys.ChangeAsync(transaction, key with { State = KeyState.Deleted, RotationAt = null });
                return true;
            },
            cancellationToken);
        if (isDeleted)
            LogDeleted(keyId);
    }

    [LoggerMessage(LogLevel.Warning, "Key {KeyId} is deleted: what it protected can't be read again")]
    private partial void LogDeleted(Guid keyId);
}
