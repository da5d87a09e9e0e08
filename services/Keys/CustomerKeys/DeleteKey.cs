using Mailstead.Keys.Aliases;
using Mailstead.Keys.Grants;
using Mailstead.Keys.Providers;
using Mailstead.Persistence.Databases;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Mailstead.Keys.CustomerKeys;

/// <summary>
/// Destroys the material of a key whose time is over. The row stays: organizations that used it are told why nothing opens. First it is
/// deleted for everybody, then forgotten where it lives, and then here: whoever dies or fails in between leaves the rest to the next round.
/// </summary>
internal sealed partial class DeleteKey(
    [FromKeyedServices("keys")] Database database, CustomerKeyTable keys, AliasTable aliases, GrantTable grants, KeyProviders providers, TimeProvider clock,
    ILogger<DeleteKey> logger)
{
    /// <exception cref="KeyProviderException">Where the key lives it can't be told now.</exception>
    public async Task RunAsync(Guid keyId, CancellationToken cancellationToken)
    {
        var key = await database.WriteAsync(TenantScope.None, transaction => MarkAsync(transaction, keyId), cancellationToken);
        if (key is null)
            return;
        var materials = await database.ReadAsync(TenantScope.None, transaction => keys.ListStoredAsync(transaction, keyId), cancellationToken);
        await providers.Of(key).ForgetAsync(keyId, materials, cancellationToken);
        await database.WriteAsync(TenantScope.None, transaction => keys.DestroyMaterialsAsync(transaction, keyId), cancellationToken);
        LogDeleted(keyId);
    }

    /// <summary>Null: its deletion has been called off.</summary>
    private async ValueTask<CustomerKey?> MarkAsync(Transaction transaction, Guid keyId)
    {
        await keys.LockAsync(transaction, keyId);
        var key = await keys.FindAsync(transaction, keyId);
        if (key is { State: KeyState.Deleted })
            return key;
        if (key is not { State: KeyState.PendingDeletion } || key.DeletionAt > clock.GetUtcNow())
            return null;
        await aliases.DeleteOfKeyAsync(transaction, keyId);
        await grants.DeleteOfKeyAsync(transaction, keyId);
        await keys.ChangeAsync(transaction, key with { State = KeyState.Deleted, RotationAt = null });
        return key;
    }

    [LoggerMessage(LogLevel.Warning, "Key {KeyId} is deleted: what it protected can't be read again")]
    private partial void LogDeleted(Guid keyId);
}
