using System.Text;
using Google.Protobuf;
using Mailstead.Contracts.Directories.V1;
using Mailstead.Persistence.Databases;
using Mailstead.Persistence.Encryption;

namespace Mailstead.Directories.Iam;

/// <summary>Users, groups, roles and managed policies, under the installation's key.</summary>
internal static class IamTable
{
    private const string Columns = "identity_id, kind, sealed";

    private static readonly Statement ById = new($"SELECT {Columns} FROM iam_identities WHERE identity_id = @identity_id");

    private static readonly Statement ByName = new($"SELECT {Columns} FROM iam_identities WHERE kind = @kind AND name_index = @name_index");

    private static readonly Statement Page = new(
        $"SELECT {Columns} FROM iam_identities WHERE kind = @kind AND identity_id > @after ORDER BY identity_id LIMIT @count");

    private static readonly Statement Insert = new(
        """
        INSERT INTO iam_identities (identity_id, kind, name_index, sealed)
        VALUES (@identity_id, @kind, @name_index, @sealed)
        ON CONFLICT (kind, name_index) DO NOTHING
        """);

    private static readonly Statement Update = new("UPDATE iam_identities SET sealed = @sealed WHERE identity_id = @identity_id");

    /// <summary>Changes nothing: other writers of this row wait until the transaction is over.</summary>
    private static readonly Statement Lock = new("UPDATE iam_identities SET kind = kind WHERE kind = @kind AND name_index = @name_index");

    private static readonly Statement Delete = new("DELETE FROM iam_identities WHERE identity_id = @identity_id");

    public static ValueTask<IamIdentity?> FindAsync(Transaction transaction, DataKey key, Guid id) =>
        transaction.FindAsync(ById, reader => Open(key, reader.GetId(0), reader.GetInt32(1), reader.GetOctets(2)), id);

    public static ValueTask<IamIdentity?> FindAsync(Transaction transaction, DataKey key, IamKind kind, string name) =>
        transaction.FindAsync(
            ByName, reader => Open(key, reader.GetId(0), reader.GetInt32(1), reader.GetOctets(2)), (int)kind, IndexOf(key, name));

    public static async ValueTask<IamIdentity?> FindForChangeAsync(Transaction transaction, DataKey key, IamKind kind, string name)
    {
        await transaction.ExecuteAsync(Lock, (int)kind, IndexOf(key, name));
        return await FindAsync(transaction, key, kind, name);
    }

    public static ValueTask<List<IamIdentity>> ListAsync(Transaction transaction, DataKey key, IamKind kind, Guid after, int count) =>
        transaction.ListAsync(Page, reader => Open(key, reader.GetId(0), reader.GetInt32(1), reader.GetOctets(2)), (int)kind, after, count);

    /// <summary>False: the name is taken.</summary>
    public static async ValueTask<bool> InsertAsync(Transaction transaction, DataKey key, IamIdentity identity) =>
        await transaction.ExecuteAsync(
            Insert, identity.Id, (int)identity.Kind, IndexOf(key, identity.Record.Name), Seal(key, identity)) == 1;

    public static ValueTask<int> UpdateAsync(Transaction transaction, DataKey key, IamIdentity identity) =>
        transaction.ExecuteAsync(Update, Seal(key, identity), identity.Id);

    public static ValueTask<int> DeleteAsync(Transaction transaction, Guid id) => transaction.ExecuteAsync(Delete, id);

    private static byte[] Seal(DataKey key, IamIdentity identity) => key.Seal(identity.Record.ToByteArray(), Context(identity.Id));

    private static IamIdentity Open(DataKey key, Guid id, int kind, byte[] sealedRecord) =>
        new(id, (IamKind)kind, StoredIamIdentity.Parser.ParseFrom(key.Open(sealedRecord, Context(id))));

    /// <summary>Names are unique in any case, as IAM has it.</summary>
    private static byte[] IndexOf(DataKey key, string name) => key.BlindIndex(Encoding.UTF8.GetBytes(name.ToLowerInvariant()), "iam name");

    private static byte[] Context(Guid id) => DirectoryKeys.Context("iam", id);
}
