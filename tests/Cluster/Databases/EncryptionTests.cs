using System.Data.Common;
using System.Net;
using Mailstead.Cluster.Harness;
using Mailstead.Hosting.Tls;
using Mailstead.Persistence.Databases;
using Mailstead.Stores.Harness;

namespace Mailstead.Cluster.Databases;

/// <summary>A database that only takes TLS, under an authority of the operator's own.</summary>
public sealed class EncryptionTests
{
    private const string Who = "SELECT 'tls' FROM pg_stat_ssl WHERE pid = pg_backend_pid() AND ssl";

    [Fact]
    public async Task The_connection_is_encrypted_and_only_the_named_authority_is_trusted()
    {
        var folder = Directory.CreateTempSubdirectory("mailstead-database-tls-").FullName;
        try
        {
            CertificateAuthority.LoadOrCreate(folder, "Test database", TimeProvider.System)!.Issue(folder, "database", "localhost", ["localhost"], [IPAddress.Loopback]);
            await using var server = await PostgreSqlServer.StartAsync(FreePorts.Take(1)[0]);
            var address = await server.CreateDatabaseAsync();
            await server.EncryptAsync(Path.Combine(folder, "database.pem"));

            Assert.Equal("tls", await AskAsync(new DatabaseOptions { PostgreSql = address, Authorities = Path.Combine(folder, "ca.pem") }));

            var other = Directory.CreateDirectory(Path.Combine(folder, "other")).FullName;
            CertificateAuthority.LoadOrCreate(other, "Somebody else", TimeProvider.System);
            await Assert.ThrowsAnyAsync<DbException>(() => AskAsync(new DatabaseOptions { PostgreSql = address, Authorities = Path.Combine(other, "ca.pem") }));
            await Assert.ThrowsAnyAsync<DbException>(() => AskAsync(new DatabaseOptions { PostgreSql = address + ";SSL Mode=Disable" }));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<string?> AskAsync(DatabaseOptions options)
    {
        await using var database = PostgreSqlDatabase.Open(options, "public");
        return await database.FindAsync<string>(TenantScope.None, Who, null, TestContext.Current.CancellationToken);
    }
}
