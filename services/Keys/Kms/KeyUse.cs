using Mailstead.Contracts.Keys.V1;
using Mailstead.Keys.CustomerKeys;
using Mailstead.Keys.Providers;

namespace Mailstead.Keys.Kms;

/// <summary>What is to be done with a key.</summary>
/// <param name="Operation">As policies name it, without <c>kms:</c>.</param>
/// <param name="Conditions">Condition keys that belong to the operation.</param>
internal sealed record KeyUse(string Operation, CustomerKey Key, EncryptionContext Context, params (string Key, string[] Values)[] Conditions)
{
    /// <summary>What <c>CreateGrant</c> is to give.</summary>
    public StoredGrant? Given { get; init; }

    public KeyUse(string operation, CustomerKey key, params (string Key, string[] Values)[] conditions)
        : this(operation, key, EncryptionContext.None, conditions)
    {
    }
}
