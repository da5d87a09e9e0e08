using Mailstead.Persistence.Databases;

namespace Mailstead.Directories.Organizations;

/// <summary>The statements that operations on organizations share.</summary>
internal static class OrganizationTable
{
    private static readonly Statement ById = new(
        $"SELECT {Organization.Columns} FROM organizations WHERE organization_id = @organization_id");

    private static readonly Statement ByToken = Statement.AcrossTenants(
        $"SELECT {Organization.Columns} FROM organizations WHERE client_token_index = @client_token_index");

    private static readonly Statement ByState = Statement.AcrossTenants(
        $"SELECT {Organization.Columns} FROM organizations WHERE state = @state ORDER BY organization_id");

    private static readonly Statement First = Statement.AcrossTenants(
        $"SELECT {Organization.Columns} FROM organizations WHERE state = 'Active' ORDER BY organization_id LIMIT 1");

    private static readonly Statement Page = Statement.AcrossTenants(
        $"SELECT {Organization.Columns} FROM organizations WHERE organization_id > @after ORDER BY organization_id LIMIT @count");

    private static readonly Statement Count = Statement.AcrossTenants("SELECT COUNT(*) FROM organizations WHERE state <> 'Deleted'");

    private static readonly Statement Insert = new(
        """
        INSERT INTO organizations (organization_id, alias_index, client_token_index, state, default_domain_id, sealed, created_at)
        VALUES (@organization_id, @alias_index, @client_token_index, 'Creating', @default_domain_id, @sealed, @created_at)
        ON CONFLICT (alias_index) DO NOTHING
        """);

    private static readonly Statement SetState = new(
        """
        UPDATE organizations
           SET state = @state, sealed = @sealed, completed_at = @completed_at
         WHERE organization_id = @organization_id
        """);

    private static readonly Statement SetDefault = new(
        "UPDATE organizations SET default_domain_id = @domain_id WHERE organization_id = @organization_id");

    /// <summary>Changes nothing: on both dialects a row that is written to is held until the transaction ends.</summary>
    private static readonly Statement Lock = new("UPDATE organizations SET state = state WHERE organization_id = @organization_id");

    private static readonly Statement FreeAlias = new(
        "UPDATE organizations SET alias_index = @organization_octets WHERE organization_id = @organization_id");

    public static ValueTask<Organization?> FindAsync(Transaction transaction, Guid id) => transaction.FindAsync(ById, Organization.Read, id);

    /// <summary>The active one that was made first.</summary>
    public static ValueTask<Organization?> FindFirstAsync(Transaction transaction) => transaction.FindAsync(First, Organization.Read);

    public static ValueTask<Organization?> FindByTokenAsync(Transaction transaction, byte[] tokenIndex) =>
        transaction.FindAsync(ByToken, Organization.Read, tokenIndex);

    public static ValueTask<List<Organization>> ListAsync(Transaction transaction, string state) =>
        transaction.ListAsync(ByState, Organization.Read, state);

    public static ValueTask<List<Organization>> ListAsync(Transaction transaction, Guid after, int count) =>
        transaction.ListAsync(Page, Organization.Read, after, count);

    public static ValueTask<long> CountAsync(Transaction transaction) => transaction.FindAsync(Count, reader => reader.GetInt64(0));

    /// <summary>False: the alias is taken.</summary>
    public static async ValueTask<bool> InsertAsync(
        Transaction transaction, Guid id, byte[] aliasIndex, byte[]? tokenIndex, Guid defaultDomainId, byte[] sealedRecord, long now) =>
        await transaction.ExecuteAsync(Insert, id, aliasIndex, tokenIndex, defaultDomainId, sealedRecord, now) == 1;

    public static ValueTask<int> SetStateAsync(Transaction transaction, Guid id, string state, byte[] sealedRecord, long? completedAt) =>
        transaction.ExecuteAsync(SetState, state, sealedRecord, completedAt, id);

    public static ValueTask<int> SetDefaultAsync(Transaction transaction, Guid id, Guid domainId) =>
        transaction.ExecuteAsync(SetDefault, domainId, id);

    /// <summary>Other writers that lock it wait until this transaction is over.</summary>
    public static ValueTask<int> LockAsync(Transaction transaction, Guid id) => transaction.ExecuteAsync(Lock, id);

    /// <summary>Another organization may take the alias from now on.</summary>
    public static ValueTask<int> FreeAliasAsync(Transaction transaction, Guid id) =>
        transaction.ExecuteAsync(FreeAlias, id.ToByteArray(), id);

    /// <summary>The organization, in a state in which it can be worked with.</summary>
    /// <exception cref="Grpc.Core.RpcException">OrganizationNotFoundException, OrganizationStateException.</exception>
    public static async ValueTask<Organization> RequireActiveAsync(Transaction transaction, string publicId)
    {
        if (!Organization.TryParse(publicId, out var id) || await FindAsync(transaction, id) is not { } organization)
            throw AdminError.OrganizationNotFound();
        return organization.State == Organization.Active ? organization : throw AdminError.OrganizationState(organization.State);
    }
}
