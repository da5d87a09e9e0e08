using System.Data.Common;
using System.Text;
using Mailstead.Persistence.Databases;
using Mailstead.Persistence.Encryption;

namespace Mailstead.Directories.Domains;

/// <summary>A mail domain as it is stored.</summary>
internal sealed record MailDomain(Guid OrganizationId, Guid DomainId, int State, bool IsTest, string Token, byte[] SealedName, DateTimeOffset CreatedAt)
{
    public const int Pending = 1;
    public const int Verified = 2;

    public bool IsVerified => State == Verified;

    public string Name(DataKey installation) =>
        Encoding.UTF8.GetString(installation.Open(SealedName, DirectoryKeys.Context("domain", DomainId)));

    public static byte[] SealName(DataKey installation, Guid domainId, string name) =>
        installation.Seal(Encoding.UTF8.GetBytes(name), DirectoryKeys.Context("domain", domainId));
}

/// <summary>The statements that operations on domains share.</summary>
internal static class DomainTable
{
    private const string Columns = "organization_id, domain_id, state, is_test, token, sealed_name, created_at";

    private static readonly Statement Verified = Statement.AcrossTenants(
        $"SELECT {Columns} FROM domains WHERE name_index = @name_index AND state = 2");

    private static readonly Statement OfOrganization = new(
        $"SELECT {Columns} FROM domains WHERE organization_id = @organization_id AND name_index = @name_index");

    private static readonly Statement ById = new(
        $"SELECT {Columns} FROM domains WHERE organization_id = @organization_id AND domain_id = @domain_id");

    private static readonly Statement Page = new(
        $"SELECT {Columns} FROM domains WHERE organization_id = @organization_id AND domain_id > @after ORDER BY domain_id LIMIT @count");

    private static readonly Statement Waiting = Statement.AcrossTenants($"SELECT {Columns} FROM domains WHERE state = 1 ORDER BY created_at LIMIT 1000");

    private static readonly Statement Proved = Statement.AcrossTenants(
        $"SELECT {Columns} FROM domains WHERE state = 2 AND domain_id > @after ORDER BY domain_id LIMIT @count");

    private static readonly Statement Count = new("SELECT COUNT(*) FROM domains WHERE organization_id = @organization_id");

    private static readonly Statement Insert = new(
        """
        INSERT INTO domains (organization_id, domain_id, name_index, state, is_test, token, sealed_name, created_at)
        VALUES (@organization_id, @domain_id, @name_index, @state, @is_test, @token, @sealed_name, @created_at)
        ON CONFLICT (organization_id, name_index) DO NOTHING
        """);

    private static readonly Statement Verify = new(
        "UPDATE domains SET state = 2 WHERE organization_id = @organization_id AND domain_id = @domain_id");

    private static readonly Statement DeleteUnused = new(
        """
        DELETE FROM domains
         WHERE organization_id = @organization_id
           AND domain_id = @domain_id
           AND NOT EXISTS (SELECT 1 FROM addresses WHERE organization_id = @organization_id AND domain_id = @domain_id)
        """);

    private static readonly Statement DeleteAll = new("DELETE FROM domains WHERE organization_id = @organization_id");

    /// <summary>Whoever has proved this name.</summary>
    public static ValueTask<MailDomain?> FindVerifiedAsync(Transaction transaction, byte[] nameIndex) =>
        transaction.FindAsync(Verified, Read, nameIndex);

    public static ValueTask<MailDomain?> FindAsync(Transaction transaction, Guid organizationId, byte[] nameIndex) =>
        transaction.FindAsync(OfOrganization, Read, organizationId, nameIndex);

    public static ValueTask<MailDomain?> FindAsync(Transaction transaction, Guid organizationId, Guid domainId) =>
        transaction.FindAsync(ById, Read, organizationId, domainId);

    public static ValueTask<List<MailDomain>> ListAsync(Transaction transaction, Guid organizationId, Guid after, int count) =>
        transaction.ListAsync(Page, Read, organizationId, after, count);

    public static ValueTask<List<MailDomain>> ListPendingAsync(Transaction transaction) => transaction.ListAsync(Waiting, Read);

    public static ValueTask<List<MailDomain>> ListVerifiedAsync(Transaction transaction, Guid after, int count) =>
        transaction.ListAsync(Proved, Read, after, count);

    public static ValueTask<long> CountAsync(Transaction transaction, Guid organizationId) =>
        transaction.FindAsync(Count, reader => reader.GetInt64(0), organizationId);

    public static ValueTask<int> InsertAsync(Transaction transaction, MailDomain domain, byte[] nameIndex) =>
        transaction.ExecuteAsync(
            Insert, domain.OrganizationId, domain.DomainId, nameIndex, domain.State, domain.IsTest, domain.Token, domain.SealedName,
            domain.CreatedAt.ToUnixTimeMilliseconds());

    public static ValueTask<int> VerifyAsync(Transaction transaction, MailDomain domain) =>
        transaction.ExecuteAsync(Verify, domain.OrganizationId, domain.DomainId);

    /// <summary>False: an address is on it.</summary>
    public static async ValueTask<bool> DeleteAsync(Transaction transaction, Guid organizationId, Guid domainId) =>
        await transaction.ExecuteAsync(DeleteUnused, organizationId, domainId) == 1;

    public static ValueTask<int> DeleteAllAsync(Transaction transaction, Guid organizationId) =>
        transaction.ExecuteAsync(DeleteAll, organizationId);

    private static MailDomain Read(DbDataReader reader) => new(
        reader.GetId(0), reader.GetId(1), reader.GetInt32(2), reader.GetBoolean(3), reader.GetString(4), reader.GetOctets(5),
        DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(6)));
}
