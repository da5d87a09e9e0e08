using Mailstead.Contracts.Admin.V1;
using Mailstead.Directories.Credentials;
using Mailstead.Directories.Entities;
using Mailstead.Directories.Organizations;
using Mailstead.Persistence.Databases;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Directories.Users;

/// <summary>Gives a user another password; sessions under the old one end.</summary>
internal sealed class ResetPassword(
    [FromKeyedServices("directories")] Database database, DirectoryKeys keys, PasswordHash passwords, AccessEvents events, TimeProvider clock)
{
    public async Task<ResetPasswordResponse> RunAsync(ResetPasswordRequest request, CancellationToken cancellationToken)
    {
        PasswordPolicy.Check(request.Password);
        using var installation = await keys.InstallationAsync(cancellationToken);
        var (organizationId, user) = await database.ReadAsync(
            Organization.ScopeOf(request.OrganizationId),
            transaction => EntityLookup.RequireAsync(transaction, installation, request.OrganizationId, request.UserId, EntityKind.User),
            cancellationToken);
        var hash = await passwords.CreateAsync(request.Password, cancellationToken);
        using var key = await keys.OrganizationAsync(organizationId, cancellationToken);
        var sealedHash = CredentialTable.Seal(key, user.EntityId, hash);
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        await database.WriteAsync(
            Organization.ScopeOf(request.OrganizationId),
            async transaction =>
            {
                await AccessChanges.AddAsync(transaction, organizationId, user.EntityId, now);
                return await CredentialTable.PutAsync(transaction, organizationId, user.EntityId, sealedHash, now);
            },
            cancellationToken);
        events.UserAccessChanged(organizationId, user.EntityId, now);
        return new ResetPasswordResponse();
    }
}
