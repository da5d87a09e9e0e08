using System.Security.Cryptography;
using Mailstead.Keys.CustomerKeys;
using Mailstead.Keys.Providers;
using Mailstead.Persistence.Databases;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Keys.DataKeys;

/// <summary>
/// Wraps data keys under the newest material of their customer master key. The data keys stay what they are, so that nothing that they
/// protect is touched. A process that dies in between begins anew and passes over what is done.
/// </summary>
internal sealed class RewrapDataKeys([FromKeyedServices("keys")] Database database, CustomerKeyTable keys, KeyProviders providers)
{
    private const int AtOnce = 100;

    private static readonly Statement OrganizationsOf = Statement.AcrossTenants(
        "SELECT organization_id, organization_arn FROM grants WHERE key_id = @key_id ORDER BY organization_id");

    private static readonly Statement Page = new(
        """
        SELECT purpose, subject_id, wrapped_key
          FROM data_keys
         WHERE organization_id = @organization_id
           AND (purpose > @purpose OR (purpose = @same_purpose AND subject_id > @subject_id))
         ORDER BY purpose, subject_id
         LIMIT @count
        """);

    private static readonly Statement Change = new(
        """
        UPDATE data_keys
           SET wrapped_key = @wrapped_key
         WHERE organization_id = @organization_id
           AND purpose = @purpose
           AND subject_id = @subject_id
           AND wrapped_key = @before
        """);

    private static readonly Statement Finish = new("UPDATE cmks SET rewrapped_version = @version WHERE key_id = @key_id");

    public async Task RunAsync(CustomerKey key, CancellationToken cancellationToken)
    {
        var materials = await database.ReadAsync(TenantScope.None, transaction => keys.ListMaterialsAsync(transaction, key.KeyId), cancellationToken);
        var newest = materials[^1].Version;
        var organizations = await database.ReadAsync(
            TenantScope.None, transaction => transaction.ListAsync(OrganizationsOf, reader => (Id: reader.GetId(0), Arn: reader.GetString(1)), key.KeyId), cancellationToken);
        foreach (var (id, arn) in organizations)
            await RunAsync(key, newest, id, EncryptionContext.Organization(arn), cancellationToken);
        await database.WriteAsync(TenantScope.None, transaction => transaction.ExecuteAsync(Finish, newest, key.KeyId), cancellationToken);
    }

    private async Task RunAsync(CustomerKey key, int version, Guid organizationId, EncryptionContext context, CancellationToken cancellationToken)
    {
        var scope = TenantScope.Of(organizationId);
        var provider = providers.Of(key);
        for (var (purpose, subject) = (0, Guid.Empty); ;)
        {
            var (afterPurpose, afterSubject) = (purpose, subject);
            var rows = await database.ReadAsync(
                scope,
                transaction => transaction.ListAsync(
                    Page, reader => (Purpose: reader.GetInt32(0), Subject: reader.GetId(1), Wrapped: reader.GetOctets(2)),
                    organizationId, afterPurpose, afterPurpose, afterSubject, AtOnce),
                cancellationToken);
            var changes = new List<(int Purpose, Guid Subject, byte[] Before, byte[] After)>();
            foreach (var row in rows.Where(row => provider.VersionOf(row.Wrapped) < version))
                changes.Add((row.Purpose, row.Subject, row.Wrapped, await RewrapAsync(provider, key.KeyId, row.Wrapped, context, cancellationToken)));
            await database.WriteAsync(
                scope,
                async transaction =>
                {
                    foreach (var change in changes)
                        await transaction.ExecuteAsync(Change, change.After, organizationId, change.Purpose, change.Subject, change.Before);
                    return true;
                },
                cancellationToken);
            if (rows.Count < AtOnce)
                return;
            (purpose, subject) = (rows[^1].Purpose, rows[^1].Subject);
        }
    }

    private static async Task<byte[]> RewrapAsync(
        IKeyProvider provider, Guid keyId, byte[] wrapped, EncryptionContext context, CancellationToken cancellationToken)
    {
        var plaintext = await provider.DecryptAsync(keyId, wrapped, context, cancellationToken);
        try
        {
            return await provider.EncryptAsync(keyId, plaintext, context, cancellationToken);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plaintext);
        }
    }
}
