using Mailstead.Directories.Addresses;
using Mailstead.Directories.Credentials;
using Mailstead.Directories.Organizations;
using Mailstead.Persistence.Databases;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Directories.Entities;

/// <summary>Makes a user, group or resource: disabled, without an address.</summary>
internal sealed class CreateEntity(
    [FromKeyedServices("directories")] Database database, DirectoryKeys keys, PasswordHash passwords, EntityLimit limit,
    TimeProvider clock)
{
    private static readonly string[] ReservedNames = ["journaling", "mailer-daemon"];

    /// <exception cref="Grpc.Core.RpcException">ReservedNameException.</exception>
    public static void RequireFreeName(string name)
    {
        if (ReservedNames.Contains(name, StringComparer.OrdinalIgnoreCase))
            throw AdminError.Reserved(name);
    }

    public async Task<Guid> RunAsync(
        string organizationId, EntityKind kind, EntityRecord record, string? password, CancellationToken cancellationToken)
    {
        RequireFreeName(record.Name);
        if (password is not null)
            PasswordPolicy.Check(password);
        var organization = await database.ReadAsync(
            Organization.ScopeOf(organizationId),
            transaction => OrganizationTable.RequireActiveAsync(transaction, organizationId), cancellationToken);
        var hash = password is null ? null : await passwords.CreateAsync(password, cancellationToken);
        using var installation = await keys.InstallationAsync(cancellationToken);
        using var key = await keys.OrganizationAsync(organization.OrganizationId, cancellationToken);
        var now = clock.GetUtcNow();
        var id = Guid.CreateVersion7(now);
        var nameIndex = BlindIndexes.OfEntityName(installation, record.Name);
        var sealedRecord = record.Seal(key, id);
        var sealedHash = hash is null ? null : CredentialTable.Seal(key, id, hash);
        await database.WriteAsync(
            TenantScope.Of(organization.OrganizationId),
            async transaction =>
            {
                await limit.RequireRoomAsync(transaction, organization.OrganizationId);
                if (!await EntityTable.InsertAsync(
                        transaction, organization.OrganizationId, id, kind, nameIndex, sealedRecord, now.ToUnixTimeMilliseconds()))
                    throw AdminError.NameTaken(record.Name);
                if (sealedHash is not null)
                    await CredentialTable.PutAsync(transaction, organization.OrganizationId, id, sealedHash, now.ToUnixTimeMilliseconds());
                return true;
            },
            cancellationToken);
        return id;
    }
}
