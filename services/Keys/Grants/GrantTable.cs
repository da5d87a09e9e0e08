using System.Data.Common;
using Google.Protobuf;
using Mailstead.Contracts.Keys.V1;
using Mailstead.Contracts.Kms.V1;
using Mailstead.Hosting;
using Mailstead.Keys.Providers;
using Mailstead.Persistence.Databases;
using Operation = Mailstead.Contracts.Kms.V1.GrantOperation.Types.Value;

namespace Mailstead.Keys.Grants;

/// <summary>
/// Grants of two origins. Each organization has one that came with its key, which says for ever which key that is, and may be revoked; what
/// administrators give comes and goes.
/// </summary>
internal sealed class GrantTable(RootKey root, InstallationOptions installation)
{
    private static readonly Statement OwnOfKey = Statement.AcrossTenants(
        """
        SELECT grant_id, key_id, organization_id, organization_arn, created_at
          FROM grants
         WHERE key_id = @key_id
           AND revoked_at IS NULL
           AND grant_id > @after
         ORDER BY grant_id
         LIMIT @count
        """);

    private static readonly Statement Given = new(
        "SELECT grant_id, key_id, sealed, created_at FROM given_grants WHERE key_id = @key_id AND grant_id > @after ORDER BY grant_id LIMIT @count");

    private static readonly Statement Insert = new(
        "INSERT INTO given_grants (grant_id, key_id, sealed, created_at) VALUES (@grant_id, @key_id, @sealed, @created_at)");

    private static readonly Statement Delete = new("DELETE FROM given_grants WHERE key_id = @key_id AND grant_id = @grant_id");

    private static readonly Statement DeleteOfKey = new("DELETE FROM given_grants WHERE key_id = @key_id");

    private static readonly Statement Revoke = new(
        "UPDATE grants SET revoked_at = @revoked_at WHERE organization_id = @organization_id AND grant_id = @grant_id AND revoked_at IS NULL");

    /// <summary>Mailstead itself, as policies and grants name it.</summary>
    public string Service { get; } = $"workmail.{installation.Region}.amazonaws.com";

    /// <summary>Those of a key, in the order of their ids.</summary>
    public async ValueTask<List<Grant>> ListAsync(Transaction transaction, Guid keyId, Guid after, int count)
    {
        var own = await transaction.ListAsync(OwnOfKey, ReadOwn, keyId, after, count);
        var given = await ListGivenAsync(transaction, keyId, after, count);
        return [.. own.Concat(given).OrderBy(grant => grant.GrantId.ToString(), StringComparer.Ordinal).Take(count)];
    }

    public ValueTask<List<Grant>> ListGivenAsync(Transaction transaction, Guid keyId, Guid after, int count) =>
        transaction.ListAsync(Given, ReadGiven, keyId, after, count);

    public ValueTask<int> InsertAsync(Transaction transaction, Grant grant) => transaction.ExecuteAsync(
        Insert, grant.GrantId, grant.KeyId, root.Wrap(grant.Record.ToByteArray(), Context(grant.GrantId)), grant.CreatedAt.ToUnixTimeMilliseconds());

    /// <summary>It needs the scope of its organization when it has one.</summary>
    public ValueTask<int> EndAsync(Transaction transaction, Grant grant, DateTimeOffset now) => grant.OrganizationId == Guid.Empty
        ? transaction.ExecuteAsync(Delete, grant.KeyId, grant.GrantId)
        : transaction.ExecuteAsync(Revoke, now.ToUnixTimeMilliseconds(), grant.OrganizationId, grant.GrantId);

    public ValueTask<int> DeleteOfKeyAsync(Transaction transaction, Guid keyId) => transaction.ExecuteAsync(DeleteOfKey, keyId);

    private Grant ReadOwn(DbDataReader reader) => new(
        reader.GetId(0), reader.GetId(1), reader.GetId(2), DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(4)),
        new StoredGrant
        {
            GranteePrincipal = Service,
            Operations = { Operation.Encrypt, Operation.Decrypt },
            Constraints = new GrantConstraints { EncryptionContextSubset = { { EncryptionContext.OrganizationArn, reader.GetString(3) } } },
        });

    private Grant ReadGiven(DbDataReader reader)
    {
        var id = reader.GetId(0);
        return new Grant(
            id, reader.GetId(1), Guid.Empty, DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(3)),
            StoredGrant.Parser.ParseFrom(root.Unwrap(reader.GetOctets(2), Context(id))));
    }

    private static EncryptionContext Context(Guid grantId) => new("mailstead:grant", grantId.ToString());
}
