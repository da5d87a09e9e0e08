using Grpc.Core;
using Mailstead.Contracts.Keys.V1;
using Mailstead.Contracts.Kms.V1;
using Mailstead.Hosting;
using Mailstead.Keys.CustomerKeys;
using Mailstead.Keys.Kms;
using Mailstead.Keys.Providers;
using Mailstead.Persistence.Databases;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using KeyState = Mailstead.Keys.CustomerKeys.KeyState;

namespace Mailstead.Keys.OrganizationKeys;

/// <summary>Gives an organization its key, fixed for ever after, and the grant to use it. Idempotent per organization.</summary>
internal sealed partial class CreateOrganizationKey(
    [FromKeyedServices("keys")] Database database,
    KeyProviders providers,
    CustomerKeyTable keys,
    FindOrganizationKey find,
    KeyUseLog uses,
    InstallationOptions installation,
    TimeProvider clock,
    ILogger<CreateOrganizationKey> logger)
{
    private static readonly TimeSpan RotationPeriod = TimeSpan.FromDays(365);

    public async Task<(string? Arn, Refusal? Refusal)> RunAsync(
        Guid organizationId, string organizationArn, string keyArn, CancellationToken cancellationToken)
    {
        if (await find.RunAsync(organizationId, cancellationToken) is { } existing)
            return Compare(existing, organizationArn, keyArn);

        var named = keyArn.Length == 0 ? null : await FindNamedAsync(keyArn, cancellationToken);
        if (keyArn.Length > 0 && Check(named, keyArn) is { } refusal)
            return (null, refusal);

        var keyId = named?.KeyId ?? await CreateKeyAndGrantAsync(organizationId, organizationArn, cancellationToken);
        if (named is not null)
            await database.WriteAsync(
                TenantScope.Of(organizationId),
                transaction => GrantAsync(transaction, organizationId, organizationArn, keyId), cancellationToken);

        // Another request for the same organization may have been first: what is stored counts.
        var stored = await find.RunAsync(organizationId, cancellationToken)
            ?? throw new InvalidOperationException("A grant was written and is not there");
        uses.Write("CreateGrant", stored.Key.Arn, organizationArn);
        LogGranted(stored.Key.KeyId, organizationArn);
        return Compare(stored, organizationArn, keyArn);
    }

    private static (string?, Refusal?) Compare(OrganizationKey key, string organizationArn, string keyArn)
    {
        if (key.OrganizationArn != organizationArn)
            return (null, new(StatusCode.FailedPrecondition, $"The organization has a key already, as {key.OrganizationArn}"));
        if (keyArn.Length > 0 && keyArn != key.Key.Arn)
            return (null, new(StatusCode.FailedPrecondition, $"The organization uses key {key.Key.Arn}, which can't be exchanged"));
        return (key.Key.Arn, null);
    }

    private static Refusal? Check(NamedKey? key, string arn)
    {
        if (key is null)
            return new(StatusCode.NotFound, $"There is no key {arn}");
        if (key.Spec != KeyState.Symmetric)
            return new(StatusCode.FailedPrecondition, $"Key {arn} is asymmetric ({key.Spec}): name a symmetric key");
        return key.State == KeyState.Enabled ? null : new(StatusCode.FailedPrecondition, $"Key {arn} is not enabled: enable it first");
    }

    private ValueTask<NamedKey?> FindNamedAsync(string arn, CancellationToken cancellationToken) =>
        database.FindAsync<NamedKey>(
            TenantScope.None,
            """
            SELECT key_id AS KeyId, spec AS Spec, state AS State
              FROM cmks
             WHERE arn = @arn
               AND state <> 'DELETED'
            """,
            new { arn }, cancellationToken);

    private async Task<Guid> CreateKeyAndGrantAsync(Guid organizationId, string organizationArn, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var keyId = Guid.CreateVersion7(now);
        var key = new CustomerKey
        {
            KeyId = keyId,
            Arn = $"arn:aws:kms:{installation.Region}:{installation.AccountId}:key/{keyId}",
            Provider = providers.ForNewKeys.Name,
            State = KeyState.Enabled,
            Spec = KeyState.Symmetric,
            CreatedAt = now,
            RotationAt = now + RotationPeriod,
            Record = new StoredCustomerKey
            {
                Manager = KeyManager.Types.Value.Aws,
                Description = "Made by Mailstead for an organization that named no key",
                RotationPeriodDays = (int)RotationPeriod.TotalDays,
            },
        };
        var material = await providers.ForNewKeys.CreateMaterialAsync(keyId, cancellationToken);
        return await database.WriteAsync(
            TenantScope.Of(organizationId),
            async transaction =>
            {
                if (await GrantAsync(transaction, organizationId, organizationArn, keyId) > 0)
                    await keys.InsertAsync(transaction, key, material);
                return keyId;
            },
            cancellationToken);
    }

    private ValueTask<int> GrantAsync(Transaction transaction, Guid organizationId, string organizationArn, Guid keyId) =>
        transaction.ExecuteAsync(
            """
            INSERT INTO grants (organization_id, organization_arn, grant_id, key_id, created_at)
            VALUES (@organizationId, @organizationArn, @grantId, @keyId, @now)
            ON CONFLICT (organization_id) DO NOTHING
            """,
            new
            {
                organizationId,
                organizationArn,
                grantId = Guid.CreateVersion7(clock.GetUtcNow()),
                keyId,
                now = clock.GetUtcNow().ToUnixTimeMilliseconds(),
            });

    [LoggerMessage(LogLevel.Information, "CreateGrant of key {KeyId}, aws:workmail:arn {OrganizationArn}")]
    private partial void LogGranted(Guid keyId, string organizationArn);

    private sealed record NamedKey
    {
        public Guid KeyId { get; init; }

        public string Spec { get; init; } = "";

        public string State { get; init; } = "";
    }
}
