using System.Security.Cryptography;
using System.Text;
using Mailstead.Contracts.Directories.V1;
using Mailstead.Directories.Iam;
using Mailstead.Hosting;
using Mailstead.Persistence.Databases;
using Mailstead.Persistence.Encryption;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Directories.AccessKeys;

/// <summary>Access keys of administrators. The secret is sealed and never leaves this service again after it was made.</summary>
internal sealed class AccessKeyTable(
    [FromKeyedServices("directories")] Database database, DirectoryKeys keys, DirectoriesOptions options, InstallationOptions installation,
    TimeProvider clock)
{
    public const string Administrator = "administrator";

    private const string IdCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    private static readonly Statement Find = new(
        "SELECT account_id, principal, sealed_secret, is_active FROM access_keys WHERE access_key_id = @access_key_id");

    private static readonly Statement List = new(
        """
        SELECT access_key_id, is_active, created_at
          FROM access_keys
         WHERE account_id = @account_id
           AND principal = @principal
         ORDER BY created_at, access_key_id
        """);

    private static readonly Statement SetActive = new(
        """
        UPDATE access_keys
           SET is_active = @is_active
         WHERE account_id = @account_id
           AND principal = @principal
           AND access_key_id = @access_key_id
        """);

    private static readonly Statement DeleteOne = new(
        "DELETE FROM access_keys WHERE account_id = @account_id AND principal = @principal AND access_key_id = @access_key_id");

    private static readonly Statement OfPrincipal = new(
        "SELECT access_key_id FROM access_keys WHERE account_id = @account_id AND principal = @principal");

    private static readonly Statement DeleteOf = new(
        "DELETE FROM access_keys WHERE account_id = @account_id AND principal = @principal");

    private static readonly Statement Insert = new(
        """
        INSERT INTO access_keys (access_key_id, account_id, principal, sealed_secret, created_at)
        VALUES (@access_key_id, @account_id, @principal, @sealed_secret, @created_at)
            ON CONFLICT (access_key_id) DO UPDATE SET sealed_secret = excluded.sealed_secret
        """);

    public async Task<EnsureAdministratorResponse> EnsureAdministratorAsync(
        EnsureAdministratorRequest request, CancellationToken cancellationToken)
    {
        var isGiven = options.AdministratorAccessKeyId.Length > 0;
        var id = isGiven ? options.AdministratorAccessKeyId : NewId();
        var secret = isGiven ? options.AdministratorSecretAccessKey : NewSecret();
        using var key = await keys.InstallationAsync(cancellationToken);
        var sealedSecret = key.Seal(Encoding.ASCII.GetBytes(secret), Context(id));
        var existing = await database.WriteAsync(
            TenantScope.None,
            async transaction =>
            {
                var present = await transaction.FindAsync(OfPrincipal, reader => reader.GetString(0), request.AccountId, Administrator);
                if (present is not null && !request.Replace && !isGiven)
                    return present;
                await transaction.ExecuteAsync(DeleteOf, request.AccountId, Administrator);
                await transaction.ExecuteAsync(
                    Insert, id, request.AccountId, Administrator, sealedSecret, clock.GetUtcNow().ToUnixTimeMilliseconds());
                return null;
            },
            cancellationToken);
        // Replicas do this side by side when the key is given: the last one writes what the first one did.
        return existing is not null || isGiven
            ? new EnsureAdministratorResponse { AccessKeyId = existing ?? id }
            : new EnsureAdministratorResponse { AccessKeyId = id, SecretAccessKey = secret };
    }

    /// <summary>SigV4's last steps: the signing key is derived here and only the verdict is told.</summary>
    public async Task<VerifySignatureResponse> VerifyAsync(VerifySignatureRequest request, CancellationToken cancellationToken)
    {
        var row = await database.ReadAsync(
            TenantScope.None,
            transaction => transaction.FindAsync(
                Find, reader => Tuple.Create(reader.GetString(0), reader.GetString(1), reader.GetOctets(2), reader.GetBoolean(3)), request.AccessKeyId),
            cancellationToken);
        if (row is null || !row.Item4)
            return new VerifySignatureResponse();
        using var key = await keys.InstallationAsync(cancellationToken);
        var secret = key.Open(row.Item3, Context(request.AccessKeyId));
        var expected = Convert.ToHexStringLower(Sign(secret, request));
        CryptographicOperations.ZeroMemory(secret);
        var isValid = CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(expected), Encoding.ASCII.GetBytes(request.Signature));
        if (!isValid)
            return new VerifySignatureResponse { KeyKnown = true };
        return row.Item2 == Administrator ? ToAdministrator(row.Item1) : await ToUserAsync(key, row.Item2, cancellationToken);
    }

    /// <summary>A new key of a user; the secret is told this once.</summary>
    public async ValueTask<(string Id, string Secret)> CreateAsync(Transaction transaction, DataKey key, string principal, DateTimeOffset now)
    {
        var (id, secret) = (NewId(), NewSecret());
        await transaction.ExecuteAsync(
            Insert, id, installation.AccountId, principal, key.Seal(Encoding.ASCII.GetBytes(secret), Context(id)), now.ToUnixTimeMilliseconds());
        return (id, secret);
    }

    public ValueTask<List<(string Id, bool IsActive, DateTimeOffset CreatedAt)>> ListAsync(Transaction transaction, string principal) =>
        transaction.ListAsync(
            List, reader => (reader.GetString(0), reader.GetBoolean(1), DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(2))),
            installation.AccountId, principal);

    /// <summary>False: the principal has no such key.</summary>
    public async ValueTask<bool> SetActiveAsync(Transaction transaction, string principal, string id, bool isActive) =>
        await transaction.ExecuteAsync(SetActive, isActive, installation.AccountId, principal, id) == 1;

    /// <summary>False: the principal has no such key.</summary>
    public async ValueTask<bool> DeleteAsync(Transaction transaction, string principal, string id) =>
        await transaction.ExecuteAsync(DeleteOne, installation.AccountId, principal, id) == 1;

    private static string NewId() => "AKIA" + RandomNumberGenerator.GetString(IdCharacters, 16);

    private static string NewSecret() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(30));

    private static VerifySignatureResponse ToAdministrator(string accountId) => new()
    {
        KeyKnown = true,
        SignatureValid = true,
        AccountId = accountId,
        PrincipalArn = $"arn:aws:iam::{accountId}:user/{Administrator}",
        PrincipalId = accountId,
        UserName = Administrator,
        IsAdministrator = true,
    };

    private async Task<VerifySignatureResponse> ToUserAsync(DataKey key, string principal, CancellationToken cancellationToken)
    {
        var user = await database.ReadAsync(
            TenantScope.None, transaction => IamTable.FindAsync(transaction, key, Guid.Parse(principal)), cancellationToken);
        return user is null ? new VerifySignatureResponse() : new VerifySignatureResponse
        {
            KeyKnown = true,
            SignatureValid = true,
            AccountId = installation.AccountId,
            PrincipalArn = user.Arn(installation.AccountId),
            PrincipalId = user.Record.PublicId,
            UserName = user.Record.Name,
            IdentityId = principal,
        };
    }

    private static byte[] Sign(byte[] secret, VerifySignatureRequest request)
    {
        var signing = HMACSHA256.HashData((byte[])[.. "AWS4"u8, .. secret], Encoding.UTF8.GetBytes(request.Date));
        foreach (var scope in new[] { request.Region, request.Service, "aws4_request" })
            signing = HMACSHA256.HashData(signing, Encoding.UTF8.GetBytes(scope));
        return HMACSHA256.HashData(signing, Encoding.UTF8.GetBytes(request.StringToSign));
    }

    private static byte[] Context(string accessKeyId) => [.. "access key"u8, .. Encoding.ASCII.GetBytes(accessKeyId)];
}
