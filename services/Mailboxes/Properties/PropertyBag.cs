namespace Mailstead.Mailboxes.Properties;

/// <summary>Properties by their names, each once.</summary>
internal sealed class PropertyBag
{
    private readonly SortedDictionary<PropertyKey, PropertyValue> values = [];

    public int Count => values.Count;

    /// <summary>In the order of their names.</summary>
    public IEnumerable<KeyValuePair<PropertyKey, PropertyValue>> All => values;

    public PropertyValue? Find(PropertyKey key) => values.GetValueOrDefault(key);

    public void Set(PropertyKey key, PropertyValue value) => values[key] = value;

    /// <summary>False: it was not there.</summary>
    public bool Remove(PropertyKey key) => values.Remove(key);
}
