using Mailstead.Contracts.Admin.V1;
using Mailstead.Directories.Entities;
using Mailstead.Directories.Organizations;
using Mailstead.Persistence.Databases;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Directories.Users;

/// <summary>Changes what is known of a user; members that are left out stay as they are.</summary>
internal sealed class UpdateUser([FromKeyedServices("directories")] Database database, DirectoryKeys keys, AccessEvents events)
{
    public async Task<UpdateUserResponse> RunAsync(UpdateUserRequest request, CancellationToken cancellationToken)
    {
        using var installation = await keys.InstallationAsync(cancellationToken);
        var (organizationId, _) = await database.ReadAsync(
            Organization.ScopeOf(request.OrganizationId),
            transaction => EntityLookup.RequireAsync(transaction, installation, request.OrganizationId, request.UserId, EntityKind.User),
            cancellationToken);
        using var key = await keys.OrganizationAsync(organizationId, cancellationToken);
        await database.WriteAsync(
            Organization.ScopeOf(request.OrganizationId),
            async transaction =>
            {
                var (_, user) = await EntityLookup.RequireAsync(
                    transaction, installation, request.OrganizationId, request.UserId, EntityKind.User);
                var changed = Apply(EntityRecord.Open(key, user.EntityId, user.Sealed), request, user);
                return await EntityTable.UpdateAsync(transaction, organizationId, user.EntityId, changed.Seal(key, user.EntityId));
            },
            cancellationToken);
        events.DirectoryChanged(organizationId);
        return new UpdateUserResponse();
    }

    private static EntityRecord Apply(EntityRecord record, UpdateUserRequest request, Entity user)
    {
        var role = request.HasRole ? UserRoles.ToRecord(request.Role) : record.Role;
        if (role != record.Role && user.IsEnabled)
            throw AdminError.EntityState("The role of an enabled user can't be changed: disable the user first");
        return record with
        {
            Role = role,
            DisplayName = request.HasDisplayName ? request.DisplayName : record.DisplayName,
            FirstName = request.HasFirstName ? request.FirstName : record.FirstName,
            LastName = request.HasLastName ? request.LastName : record.LastName,
            Initials = request.HasInitials ? request.Initials : record.Initials,
            Telephone = request.HasTelephone ? request.Telephone : record.Telephone,
            Street = request.HasStreet ? request.Street : record.Street,
            JobTitle = request.HasJobTitle ? request.JobTitle : record.JobTitle,
            City = request.HasCity ? request.City : record.City,
            Company = request.HasCompany ? request.Company : record.Company,
            ZipCode = request.HasZipCode ? request.ZipCode : record.ZipCode,
            Department = request.HasDepartment ? request.Department : record.Department,
            Country = request.HasCountry ? request.Country : record.Country,
            Office = request.HasOffice ? request.Office : record.Office,
            IsHidden = request.HasHiddenFromGlobalAddressList ? request.HiddenFromGlobalAddressList : record.IsHidden,
        };
    }
}
