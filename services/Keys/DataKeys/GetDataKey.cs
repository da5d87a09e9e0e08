using System.Security.Cryptography;
using Grpc.Core;
using Mailstead.Contracts.Keys.V1;
using Mailstead.Keys.Kms;
using Mailstead.Keys.OrganizationKeys;
using Mailstead.Keys.Providers;
using Mailstead.Persistence.Databases;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Operation = Mailstead.Contracts.Kms.V1.GrantOperation.Types.Value;

namespace Mailstead.Keys.DataKeys;

/// <summary>
/// The plaintext of a data key, made at its first use. Two first uses at once get the same key: the row that was stored counts.
/// </summary>
internal sealed partial class GetDataKey(
    [FromKeyedServices("keys")] Database database,
    KeyProviders providers,
    RootKey root,
    FindOrganizationKey findKey,
    KeyAccess access,
    KeyUseLog uses,
    TimeProvider clock,
    ILogger<GetDataKey> logger)
{
    private const int KeyLength = 32;

    private static readonly EncryptionContext InstallationContext = new("mailstead:purpose", "installation");

    private static readonly Statement Find = new(
        """
        SELECT wrapped_key
          FROM data_keys
         WHERE organization_id = @organization_id
           AND purpose = @purpose
           AND subject_id = @subject_id
        """);

    private static readonly Statement Insert = new(
        """
        INSERT INTO data_keys (organization_id, purpose, subject_id, wrapped_key, created_at)
        VALUES (@organization_id, @purpose, @subject_id, @wrapped_key, @created_at)
        ON CONFLICT (organization_id, purpose, subject_id) DO NOTHING
        """);

    public async Task<(byte[]? Key, Refusal? Refusal)> RunAsync(DataKeyReference reference, CancellationToken cancellationToken)
    {
        OrganizationKey? wrapping = null;
        var wrapped = await FindAsync(reference, cancellationToken);
        if (reference.Purpose != KeyPurpose.Installation)
        {
            wrapping = await findKey.RunAsync(reference.OrganizationId, cancellationToken);
            if (wrapping is null)
                return (null, new(StatusCode.FailedPrecondition, "The organization has no key: create it first"));
            var operation = wrapped is null ? Operation.Encrypt : Operation.Decrypt;
            if (await access.FindRefusalAsync(wrapping.Key, wrapping.OrganizationArn, wrapping.IsRevoked, operation, cancellationToken) is { } refusal)
                return (null, refusal);
            uses.Write(operation.ToString(), wrapping.Key.Arn, wrapping.OrganizationArn);
        }

        try
        {
            wrapped ??= await CreateAsync(reference, wrapping, cancellationToken);
            return await UnwrapAsync(reference, wrapping, wrapped, cancellationToken);
        }
        catch (KeyProviderException failure)
        {
            return (null, failure.Refusal);
        }
    }

    private ValueTask<byte[]?> FindAsync(DataKeyReference reference, CancellationToken cancellationToken) =>
        database.ReadAsync(
            TenantScope.Of(reference.OrganizationId),
            transaction => transaction.FindAsync(
                Find, reader => reader.GetOctets(0), reference.OrganizationId, (int)reference.Purpose, reference.SubjectId),
            cancellationToken);

    private async Task<byte[]> CreateAsync(
        DataKeyReference reference, OrganizationKey? wrapping, CancellationToken cancellationToken)
    {
        var key = RandomNumberGenerator.GetBytes(KeyLength);
        try
        {
            var wrapped = wrapping is null
                ? root.Wrap(key, InstallationContext)
                : await providers.Of(wrapping.Key).EncryptAsync(
                    wrapping.Key.KeyId, key, EncryptionContext.Organization(wrapping.OrganizationArn), cancellationToken);
            return await StoreAsync(reference, wrapped, cancellationToken);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    private Task<byte[]> StoreAsync(DataKeyReference reference, byte[] wrapped, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        return database.WriteAsync(
            TenantScope.Of(reference.OrganizationId),
            async transaction =>
            {
                var purpose = (int)reference.Purpose;
                if (await transaction.ExecuteAsync(
                        Insert, reference.OrganizationId, purpose, reference.SubjectId, wrapped, now) == 1)
                    return wrapped;
                return await transaction.FindAsync(
                        Find, reader => reader.GetOctets(0), reference.OrganizationId, purpose, reference.SubjectId)
                    ?? throw new InvalidOperationException("A data key is there and is not");
            },
            cancellationToken);
    }

    private async Task<(byte[]?, Refusal?)> UnwrapAsync(
        DataKeyReference reference, OrganizationKey? wrapping, byte[] wrapped, CancellationToken cancellationToken)
    {
        try
        {
            var key = wrapping is null
                ? root.Unwrap(wrapped, InstallationContext)
                : await providers.Of(wrapping.Key).DecryptAsync(
                    wrapping.Key.KeyId, wrapped, EncryptionContext.Organization(wrapping.OrganizationArn), cancellationToken);
            return (key, null);
        }
        catch (CryptographicException failure)
        {
            LogDamaged(failure, reference.Purpose, reference.OrganizationId, reference.SubjectId);
            return (null, new(
                StatusCode.DataLoss, "The stored data key does not open under its key and context: restore it from a backup"));
        }
    }

    [LoggerMessage(LogLevel.Error, "The {Purpose} key of organization {OrganizationId}, subject {SubjectId}, does not open")]
    private partial void LogDamaged(Exception failure, KeyPurpose purpose, Guid organizationId, Guid subjectId);
}
