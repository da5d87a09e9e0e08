using Mailstead.Keys.CustomerKeys;

namespace Mailstead.Keys.Providers;

/// <summary>Where keys live: new ones where the setting says, each other where it was made.</summary>
internal sealed class KeyProviders(IEnumerable<IKeyProvider> all, KeysOptions options)
{
    private readonly Dictionary<string, IKeyProvider> byName = all.ToDictionary(provider => provider.Name, StringComparer.Ordinal);

    public IKeyProvider ForNewKeys => byName[options.Provider];

    public IKeyProvider Of(CustomerKey key) => byName.GetValueOrDefault(key.Provider)
        ?? throw new KeyProviderException(Grpc.Core.StatusCode.FailedPrecondition, $"Key {key.Arn} lives at {key.Provider}, which this version does not know");
}
