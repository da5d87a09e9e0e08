using Google.Protobuf;
using Mailstead.Contracts.Directories.V1;
using Mailstead.Persistence.Databases;
using Mailstead.Persistence.Encryption;

namespace Mailstead.Directories.IdentityProviders;

/// <summary>Applications of an identity provider that this account has registered, under the installation's key.</summary>
internal static class ApplicationTable
{
    private static readonly Statement ById = new("SELECT sealed FROM identity_applications WHERE application_id = @application_id");

    private static readonly Statement ByToken = new("SELECT application_id FROM identity_applications WHERE token_index = @token_index");

    private static readonly Statement Insert = new(
        """
        INSERT INTO identity_applications (application_id, token_index, sealed, created_at)
        VALUES (@application_id, @token_index, @sealed, @created_at)
        ON CONFLICT DO NOTHING
        """);

    private static readonly Statement Delete = new("DELETE FROM identity_applications WHERE application_id = @application_id");

    public static async ValueTask<StoredIdentityApplication?> FindAsync(Transaction transaction, DataKey installation, string id) =>
        await transaction.FindAsync(ById, reader => reader.GetOctets(0), id) is { } sealedApplication
            ? StoredIdentityApplication.Parser.ParseFrom(installation.Open(sealedApplication, Context(id)))
            : null;

    public static ValueTask<string?> FindByTokenAsync(Transaction transaction, byte[] tokenIndex) =>
        transaction.FindAsync(ByToken, reader => reader.GetString(0), tokenIndex);

    /// <summary>False: somebody was faster with the same token.</summary>
    public static async ValueTask<bool> InsertAsync(
        Transaction transaction, DataKey installation, string id, byte[]? tokenIndex, StoredIdentityApplication application, long now) =>
        await transaction.ExecuteAsync(Insert, id, tokenIndex, installation.Seal(application.ToByteArray(), Context(id)), now) == 1;

    public static ValueTask<int> DeleteAsync(Transaction transaction, string id) => transaction.ExecuteAsync(Delete, id);

    private static byte[] Context(string id) => [.. "identity application "u8, .. System.Text.Encoding.ASCII.GetBytes(id)];
}
