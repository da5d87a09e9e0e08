using System.Text.RegularExpressions;
using Mailstead.Contracts.Kms.V1;
using Mailstead.Hosting;
using Mailstead.Keys.Aliases;
using Mailstead.Keys.CustomerKeys;
using Mailstead.Keys.Grants;
using Mailstead.Persistence.Databases;
using Microsoft.Extensions.DependencyInjection;
using KeyState = Mailstead.Keys.CustomerKeys.KeyState;

namespace Mailstead.Keys.Kms;

/// <summary>What the operations on keys have in common: finding the key that is meant, asking whether it may be, changing it.</summary>
internal sealed partial class KmsWork(
    [FromKeyedServices("keys")] Database database, CustomerKeyTable keys, AliasTable aliases, GrantTable grants, KeyAccess access,
    InstallationOptions installation, TimeProvider clock)
{
    public const string AliasPrefix = "alias/";

    private string ArnPrefix { get; } = $"arn:aws:kms:{installation.Region}:{installation.AccountId}:";

    public string ArnOf(Guid keyId) => $"{ArnPrefix}key/{keyId}";

    public string AliasArnOf(string name) => ArnPrefix + name;

    /// <summary>What is about keys as such, not about one.</summary>
    public const string AnyKey = "*";

    public Task<T> ReadAsync<T>(Func<Transaction, ValueTask<T>> read, CancellationToken cancellationToken) =>
        database.ReadAsync(TenantScope.None, read, cancellationToken).AsTask();

    public Task<T> WriteAsync<T>(Func<Transaction, ValueTask<T>> write, CancellationToken cancellationToken) =>
        database.WriteAsync(TenantScope.None, write, cancellationToken);

    /// <summary>The key that is meant, when the caller may do this with it. A key that the caller may not know of is one that is not there.</summary>
    /// <param name="takesAlias">Operations that administer a key name it by itself: an alias may come to mean another.</param>
    /// <exception cref="Grpc.Core.RpcException">NotFoundException, InvalidArnException, AccessDeniedException.</exception>
    public async Task<CustomerKey> RequireAsync(
        Caller caller, string keyId, Func<CustomerKey, KeyUse> use, CancellationToken cancellationToken, bool takesAlias = false)
    {
        var key = await FindAsync(keyId, takesAlias, cancellationToken);
        await access.RequireAsync(caller, use(key), cancellationToken);
        return key;
    }

    public Task<CustomerKey> RequireAsync(Caller caller, string keyId, string operation, CancellationToken cancellationToken) =>
        RequireAsync(caller, keyId, key => new KeyUse(operation, key), cancellationToken);

    /// <summary>Changes a key; nobody else does meanwhile.</summary>
    /// <param name="change">Of the key as it is now; it may refuse.</param>
    public Task<CustomerKey> ChangeAsync(Guid keyId, Func<CustomerKey, CustomerKey> change, CancellationToken cancellationToken) => WriteAsync(
        async transaction =>
        {
            await keys.LockAsync(transaction, keyId);
            var changed = change(await keys.FindAsync(transaction, keyId) ?? throw KmsError.NotFound($"Key '{ArnOf(keyId)}' does not exist"));
            await keys.ChangeAsync(transaction, changed);
            return changed;
        },
        cancellationToken);

    /// <summary>From now on it allows nothing; what was had under it may be in somebody's memory for a minute.</summary>
    public Task<int> EndAsync(Grant grant, CancellationToken cancellationToken) => database.WriteAsync(
        grant.OrganizationId == Guid.Empty ? TenantScope.None : TenantScope.Of(grant.OrganizationId),
        transaction => grants.EndAsync(transaction, grant, clock.GetUtcNow()), cancellationToken);

    /// <summary>For what a key that waits for its deletion does not take.</summary>
    public static CustomerKey RequireAlive(CustomerKey key) =>
        key.State == KeyState.PendingDeletion ? throw KmsError.InvalidState(key.Arn, "pending deletion") : key;

    /// <summary>For what only an enabled key does.</summary>
    public static CustomerKey RequireEnabled(CustomerKey key) => RequireAlive(key).State == KeyState.Enabled ? key : throw KmsError.Disabled(key.Arn);

    /// <exception cref="Grpc.Core.RpcException">NotFoundException, InvalidArnException.</exception>
    public async Task<CustomerKey> FindAsync(string text, bool takesAlias, CancellationToken cancellationToken)
    {
        var name = NameIn(text);
        if (name.StartsWith(AliasPrefix, StringComparison.Ordinal))
        {
            if (!takesAlias)
                throw KmsError.NotFound($"Invalid keyId '{text}': name the key by its id or its ARN");
            var alias = await ReadAsync(transaction => aliases.FindAsync(transaction, name), cancellationToken)
                ?? throw KmsError.NotFound($"Alias {AliasArnOf(name)} is not found.");
            name = alias.KeyId.ToString();
        }

        if (!Guid.TryParseExact(name, "D", out var keyId))
            throw KmsError.NotFound($"Invalid keyId '{text}'");
        return await ReadAsync(transaction => keys.FindAsync(transaction, keyId), cancellationToken) is { State: not KeyState.Deleted } key
            ? key
            : throw KmsError.NotFound($"Key '{ArnOf(keyId)}' does not exist");
    }

    /// <summary>The id or <c>alias/…</c> in a text that is one or an ARN.</summary>
    private string NameIn(string text)
    {
        if (!text.StartsWith("arn:", StringComparison.Ordinal))
            return text;
        if (!KmsArn().IsMatch(text))
            throw KmsError.InvalidArn($"{text} is no ARN of a key or an alias");
        if (!text.StartsWith(ArnPrefix, StringComparison.Ordinal))
            throw KmsError.NotFound($"Key '{text}' does not exist");
        var name = text[ArnPrefix.Length..];
        return name.StartsWith("key/", StringComparison.Ordinal) ? name["key/".Length..] : name;
    }

    [GeneratedRegex(@"^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:(key|alias)/.+\z")]
    private static partial Regex KmsArn();
}
