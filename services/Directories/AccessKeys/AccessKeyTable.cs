using System.Security.Cryptography;
using System.Text;
using Mailstead.Contracts.Directories.V1;
using Mailstead.Persistence.Databases;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Directories.AccessKeys;

/// <summary>Access keys of administrators. The secret is sealed and never leaves this service again after it was made.</summary>
internal sealed class AccessKeyTable(
    [FromKeyedServices("directories")] Database database, DirectoryKeys keys, DirectoriesOptions options, TimeProvider clock)
{
    private const string Administrator = "administrator";

    private static readonly Statement Find = new(
        "SELECT account_id, principal, sealed_secret FROM access_keys WHERE access_key_id = @access_key_id");

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
        var id = isGiven ? options.AdministratorAccessKeyId : "AKIA" + RandomNumberGenerator.GetString("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16);
        var secret = isGiven ? options.AdministratorSecretAccessKey : Convert.ToBase64String(RandomNumberGenerator.GetBytes(30));
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
                Find, reader => Tuple.Create(reader.GetString(0), reader.GetString(1), reader.GetOctets(2)), request.AccessKeyId),
            cancellationToken);
        if (row is null)
            return new VerifySignatureResponse();
        using var key = await keys.InstallationAsync(cancellationToken);
        var secret = key.Open(row.Item3, Context(request.AccessKeyId));
        var expected = Convert.ToHexStringLower(Sign(secret, request));
        CryptographicOperations.ZeroMemory(secret);
        return new VerifySignatureResponse
        {
            KeyKnown = true,
            SignatureValid = CryptographicOperations.FixedTimeEquals(
                Encoding.ASCII.GetBytes(expected), Encoding.ASCII.GetBytes(request.Signature)),
            AccountId = row.Item1,
            PrincipalArn = $"arn:aws:iam::{row.Item1}:user/{row.Item2}",
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
