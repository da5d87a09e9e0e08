using Mailstead.Contracts.Admin.V1;
using Mailstead.Directories.Addresses;
using Mailstead.Directories.Entities;
using Mailstead.Directories.Organizations;
using Mailstead.Persistence.Databases;
using Mailstead.Persistence.Encryption;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Directories.Users;

/// <summary>Describes and lists users.</summary>
internal sealed class ReadUsers([FromKeyedServices("directories")] Database database, DirectoryKeys keys)
{
    public async Task<DescribeUserResponse> DescribeAsync(DescribeUserRequest request, CancellationToken cancellationToken)
    {
        using var installation = await keys.InstallationAsync(cancellationToken);
        var (organizationId, user) = await database.ReadAsync(
            Organization.ScopeOf(request.OrganizationId),
            transaction => EntityLookup.RequireAsync(transaction, installation, request.OrganizationId, request.UserId, EntityKind.User),
            cancellationToken);
        using var key = await keys.OrganizationAsync(organizationId, cancellationToken);
        var email = await database.ReadAsync(
            Organization.ScopeOf(request.OrganizationId),
            transaction => AddressTable.PrimaryAsync(transaction, key, organizationId, user), cancellationToken);
        return Describe(user, EntityRecord.Open(key, user.EntityId, user.Sealed), email);
    }

    public async Task<ListUsersResponse> ListAsync(ListUsersRequest request, CancellationToken cancellationToken)
    {
        var count = PageToken.Count(request.HasMaxResults, request.MaxResults);
        var organization = await database.ReadAsync(
            Organization.ScopeOf(request.OrganizationId),
            transaction => OrganizationTable.RequireActiveAsync(transaction, request.OrganizationId), cancellationToken);
        using var key = await keys.OrganizationAsync(organization.OrganizationId, cancellationToken);
        var page = await EntityPage.ReadAsync(
            database, organization.OrganizationId, EntityKind.User, PageToken.Read(request.NextToken), count,
            (transaction, entity) => ToUserAsync(transaction, key, organization.OrganizationId, entity, request.Filters), cancellationToken);
        var response = new ListUsersResponse();
        response.Users.AddRange(page.Rows);
        if (page.NextToken is { } next)
            response.NextToken = next;
        return response;
    }

    private static async ValueTask<User?> ToUserAsync(
        Transaction transaction, DataKey key, Guid organizationId, Entity entity, ListUsersFilters? filters)
    {
        var record = EntityRecord.Open(key, entity.EntityId, entity.Sealed);
        var email = await AddressTable.PrimaryAsync(transaction, key, organizationId, entity);
        if (filters is not null && !Matches(filters, entity, record, email))
            return null;
        var user = new User
        {
            Id = entity.EntityId.ToString(),
            Name = record.Name,
            DisplayName = record.DisplayName,
            State = entity.PublicState,
            UserRole = UserRoles.Of(record),
            EnabledDate = entity.EnabledDate,
            DisabledDate = entity.DisabledDate,
        };
        if (email.Length > 0)
            user.Email = email;
        return user;
    }

    private static bool Matches(ListUsersFilters filters, Entity entity, EntityRecord record, string email) =>
        record.Name.StartsWith(filters.UsernamePrefix, StringComparison.OrdinalIgnoreCase)
        && record.DisplayName.StartsWith(filters.DisplayNamePrefix, StringComparison.OrdinalIgnoreCase)
        && email.StartsWith(filters.PrimaryEmailPrefix, StringComparison.OrdinalIgnoreCase)
        && (!filters.HasState || filters.State == entity.PublicState);

    private static DescribeUserResponse Describe(Entity user, EntityRecord record, string email)
    {
        var response = new DescribeUserResponse
        {
            UserId = user.EntityId.ToString(),
            Name = record.Name,
            DisplayName = record.DisplayName,
            State = user.PublicState,
            UserRole = UserRoles.Of(record),
            EnabledDate = user.EnabledDate,
            DisabledDate = user.DisabledDate,
            MailboxProvisionedDate = user.EnabledDate,
            HiddenFromGlobalAddressList = record.IsHidden,
        };
        if (email.Length > 0)
            response.Email = email;
        Set(record.FirstName, value => response.FirstName = value);
        Set(record.LastName, value => response.LastName = value);
        Set(record.Initials, value => response.Initials = value);
        Set(record.Telephone, value => response.Telephone = value);
        Set(record.Street, value => response.Street = value);
        Set(record.JobTitle, value => response.JobTitle = value);
        Set(record.City, value => response.City = value);
        Set(record.Company, value => response.Company = value);
        Set(record.ZipCode, value => response.ZipCode = value);
        Set(record.Department, value => response.Department = value);
        Set(record.Country, value => response.Country = value);
        Set(record.Office, value => response.Office = value);
        return response;
    }

    private static void Set(string? value, Action<string> assign)
    {
        if (value is not null)
            assign(value);
    }
}
