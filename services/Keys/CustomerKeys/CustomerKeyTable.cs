using System.Data.Common;
using Google.Protobuf;
using Mailstead.Contracts.Keys.V1;
using Mailstead.Contracts.Kms.V1;
using Mailstead.Keys.Providers;
using Mailstead.Persistence.Databases;

namespace Mailstead.Keys.CustomerKeys;

/// <summary>Customer master keys; what people said of them is sealed under the root key.</summary>
internal sealed class CustomerKeyTable(RootKey root)
{
    private const string Columns = "key_id, arn, state, spec, created_at, deletion_at, rotation_at, record, provider";

    private static readonly Statement Find = new($"SELECT {Columns} FROM cmks WHERE key_id = @key_id");

    private static readonly Statement Page = new($"SELECT {Columns} FROM cmks WHERE key_id > @after AND state <> 'DELETED' ORDER BY key_id LIMIT @count");

    private static readonly Statement DueForDeletion = new(
        $"""
        SELECT {Columns}
          FROM cmks
         WHERE key_id > @after
           AND deletion_at <= @now
           AND (state = 'PENDING_DELETION'
                OR (state = 'DELETED' AND EXISTS (SELECT 1 FROM cmk_versions WHERE cmk_versions.key_id = cmks.key_id)))
         ORDER BY key_id
         LIMIT @count
        """);

    private static readonly Statement DueForRotation = new(
        $"SELECT {Columns} FROM cmks WHERE key_id > @after AND state = 'ENABLED' AND rotation_at <= @now ORDER BY key_id LIMIT @count");

    /// <summary>With data keys that older material has wrapped.</summary>
    private static readonly Statement Outdated = new(
        $"""
        SELECT {Columns}
          FROM cmks
         WHERE key_id > @after
           AND state = 'ENABLED'
           AND rewrapped_version < (SELECT MAX(version) FROM cmk_versions WHERE cmk_versions.key_id = cmks.key_id)
         ORDER BY key_id
         LIMIT @count
        """);

    private static readonly Statement Lock = new("UPDATE cmks SET state = state WHERE key_id = @key_id");

    private static readonly Statement Insert = new(
        """
        INSERT INTO cmks (key_id, arn, provider, spec, state, created_at, rotation_at, record)
        VALUES (@key_id, @arn, @provider, @spec, @state, @created_at, @rotation_at, @record)
        """);

    private static readonly Statement Change = new(
        "UPDATE cmks SET state = @state, deletion_at = @deletion_at, rotation_at = @rotation_at, record = @record WHERE key_id = @key_id");

    private static readonly Statement InsertMaterial = new(
        """
        INSERT INTO cmk_versions (key_id, version, wrapped_material, created_at, is_on_demand)
        SELECT @key_id, COALESCE(MAX(version), 0) + 1, @material, @created_at, @is_on_demand FROM cmk_versions WHERE key_id = @key_id
        """);

    private static readonly Statement Materials = new("SELECT version, created_at, is_on_demand FROM cmk_versions WHERE key_id = @key_id ORDER BY version");

    private static readonly Statement StoredMaterials = new("SELECT version, wrapped_material FROM cmk_versions WHERE key_id = @key_id ORDER BY version");

    private static readonly Statement DestroyMaterials = new("DELETE FROM cmk_versions WHERE key_id = @key_id");

    public ValueTask<CustomerKey?> FindAsync(Transaction transaction, Guid keyId) => transaction.FindAsync(Find, Read, keyId);

    public ValueTask<List<CustomerKey>> ListAsync(Transaction transaction, Guid after, int count) => transaction.ListAsync(Page, Read, after, count);

    /// <summary>Those whose material is still there, too, although they are deleted.</summary>
    public ValueTask<List<CustomerKey>> ListDueForDeletionAsync(Transaction transaction, DateTimeOffset now, Guid after, int count) =>
        transaction.ListAsync(DueForDeletion, Read, after, now.ToUnixTimeMilliseconds(), count);

    public ValueTask<List<CustomerKey>> ListDueForRotationAsync(Transaction transaction, DateTimeOffset now, Guid after, int count) =>
        transaction.ListAsync(DueForRotation, Read, after, now.ToUnixTimeMilliseconds(), count);

    public ValueTask<List<CustomerKey>> ListOutdatedAsync(Transaction transaction, Guid after, int count) => transaction.ListAsync(Outdated, Read, after, count);

    /// <summary>Nobody else changes it before this transaction ends.</summary>
    public ValueTask<int> LockAsync(Transaction transaction, Guid keyId) => transaction.ExecuteAsync(Lock, keyId);

    public async ValueTask InsertAsync(Transaction transaction, CustomerKey key, byte[] material)
    {
        await transaction.ExecuteAsync(
            Insert, key.KeyId, key.Arn, key.Provider, key.Spec, key.State, key.CreatedAt.ToUnixTimeMilliseconds(), key.RotationAt?.ToUnixTimeMilliseconds(), Seal(key));
        await InsertMaterialAsync(transaction, key.KeyId, material, key.CreatedAt, isOnDemand: false);
    }

    public ValueTask<int> ChangeAsync(Transaction transaction, CustomerKey key) => transaction.ExecuteAsync(
        Change, key.State, key.DeletionAt?.ToUnixTimeMilliseconds(), key.RotationAt?.ToUnixTimeMilliseconds(), Seal(key), key.KeyId);

    /// <summary>The next version of a key's material.</summary>
    public ValueTask<int> InsertMaterialAsync(Transaction transaction, Guid keyId, byte[] material, DateTimeOffset now, bool isOnDemand) =>
        transaction.ExecuteAsync(InsertMaterial, keyId, material, now.ToUnixTimeMilliseconds(), isOnDemand ? 1 : 0);

    /// <summary>The oldest first.</summary>
    public ValueTask<List<(int Version, DateTimeOffset CreatedAt, bool IsOnDemand)>> ListMaterialsAsync(Transaction transaction, Guid keyId) =>
        transaction.ListAsync(
            Materials, reader => (reader.GetInt32(0), DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(1)), reader.GetInt32(2) != 0), keyId);

    public ValueTask<List<KeyMaterial>> ListStoredAsync(Transaction transaction, Guid keyId) =>
        transaction.ListAsync(StoredMaterials, reader => new KeyMaterial(reader.GetInt32(0), reader.GetOctets(1)), keyId);

    public ValueTask<int> DestroyMaterialsAsync(Transaction transaction, Guid keyId) => transaction.ExecuteAsync(DestroyMaterials, keyId);

    private CustomerKey Read(DbDataReader reader)
    {
        var keyId = reader.GetId(0);
        return new CustomerKey
        {
            KeyId = keyId,
            Arn = reader.GetString(1),
            Provider = reader.GetString(8),
            State = reader.GetString(2),
            Spec = reader.GetString(3),
            CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(4)),
            DeletionAt = reader.IsDBNull(5) ? null : DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(5)),
            RotationAt = reader.IsDBNull(6) ? null : DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(6)),
            Record = reader.IsDBNull(7)
                ? new StoredCustomerKey { Manager = KeyManager.Types.Value.Aws }
                : StoredCustomerKey.Parser.ParseFrom(root.Unwrap(reader.GetOctets(7), Context(keyId))),
        };
    }

    private byte[] Seal(CustomerKey key) => root.Wrap(key.Record.ToByteArray(), Context(key.KeyId));

    private static EncryptionContext Context(Guid keyId) => new("mailstead:cmk-record", keyId.ToString());
}
