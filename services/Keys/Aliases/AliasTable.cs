using System.Data.Common;
using Google.Protobuf;
using Mailstead.Contracts.Keys.V1;
using Mailstead.Keys.Providers;
using Mailstead.Persistence.Databases;

namespace Mailstead.Keys.Aliases;

/// <summary>A name of a key.</summary>
internal sealed record Alias(string Name, Guid KeyId, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt);

/// <summary>Names of keys, sealed under the root key and found by a keyed hash.</summary>
internal sealed class AliasTable(RootKey root)
{
    private static readonly Statement Find = new("SELECT name_index, key_id, sealed, created_at, updated_at FROM aliases WHERE name_index = @name_index");

    private static readonly Statement Page = new(
        "SELECT name_index, key_id, sealed, created_at, updated_at FROM aliases WHERE name_index > @after ORDER BY name_index LIMIT @count");

    private static readonly Statement PageOfKey = new(
        "SELECT name_index, key_id, sealed, created_at, updated_at FROM aliases WHERE key_id = @key_id AND name_index > @after ORDER BY name_index LIMIT @count");

    private static readonly Statement Insert = new(
        """
        INSERT INTO aliases (name_index, key_id, sealed, created_at, updated_at)
        VALUES (@name_index, @key_id, @sealed, @created_at, @updated_at)
        ON CONFLICT (name_index) DO NOTHING
        """);

    private static readonly Statement Change = new("UPDATE aliases SET key_id = @key_id, updated_at = @updated_at WHERE name_index = @name_index");

    private static readonly Statement Delete = new("DELETE FROM aliases WHERE name_index = @name_index");

    private static readonly Statement DeleteOfKey = new("DELETE FROM aliases WHERE key_id = @key_id");

    public ValueTask<Alias?> FindAsync(Transaction transaction, string name) => transaction.FindAsync(Find, Read, IndexOf(name));

    /// <param name="keyId">Null: of all keys.</param>
    /// <param name="after">The name that the page before ended with; empty: the first page.</param>
    public ValueTask<List<Alias>> ListAsync(Transaction transaction, Guid? keyId, string after, int count)
    {
        var start = after.Length == 0 ? [] : IndexOf(after);
        return keyId is { } key ? transaction.ListAsync(PageOfKey, Read, key, start, count) : transaction.ListAsync(Page, Read, start, count);
    }

    /// <summary>False: the name is taken.</summary>
    public async ValueTask<bool> InsertAsync(Transaction transaction, string name, Guid keyId, DateTimeOffset now)
    {
        var index = IndexOf(name);
        var at = now.ToUnixTimeMilliseconds();
        return await transaction.ExecuteAsync(Insert, index, keyId, root.Wrap(new StoredAlias { Name = name }.ToByteArray(), Context(index)), at, at) == 1;
    }

    /// <summary>False: there is none of this name.</summary>
    public async ValueTask<bool> ChangeAsync(Transaction transaction, string name, Guid keyId, DateTimeOffset now) =>
        await transaction.ExecuteAsync(Change, keyId, now.ToUnixTimeMilliseconds(), IndexOf(name)) == 1;

    public ValueTask<int> DeleteAsync(Transaction transaction, string name) => transaction.ExecuteAsync(Delete, IndexOf(name));

    public ValueTask<int> DeleteOfKeyAsync(Transaction transaction, Guid keyId) => transaction.ExecuteAsync(DeleteOfKey, keyId);

    private Alias Read(DbDataReader reader)
    {
        var stored = StoredAlias.Parser.ParseFrom(root.Unwrap(reader.GetOctets(2), Context(reader.GetOctets(0))));
        return new Alias(
            stored.Name, reader.GetId(1), DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(3)), DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(4)));
    }

    private byte[] IndexOf(string name) => root.Hash("mailstead:alias", name);

    private static EncryptionContext Context(byte[] index) => new("mailstead:alias", Convert.ToHexString(index));
}
