using Mailstead.Contracts.Admin.V1;
using Mailstead.Directories.Entities;
using Mailstead.Directories.Organizations;
using Mailstead.Persistence.Databases;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Directories.Users;

/// <summary>Describes and lists users.</summary>
internal sealed class ReadUsers([FromKeyedServices("directories")] Database database, DirectoryKeys keys, ReadEntities read)
{
    public async Task<DescribeUserResponse> DescribeAsync(DescribeUserRequest request, CancellationToken cancellationToken)
    {
        var (user, record, email) = await read.DescribeAsync(request.OrganizationId, request.UserId, EntityKind.User, cancellationToken);
        return Describe(user, record, email);
    }

    public async Task<DescribeEntityResponse> DescribeEntityAsync(DescribeEntityRequest request, CancellationToken cancellationToken)
    {
        using var installation = await keys.InstallationAsync(cancellationToken);
        var (organizationId, entity) = await database.ReadAsync(
            Organization.ScopeOf(request.OrganizationId),
            async transaction =>
            {
                var id = (await OrganizationTable.RequireActiveAsync(transaction, request.OrganizationId)).OrganizationId;
                var found = await EntityTable.FindByAddressAsync(transaction, installation, id, request.Email);
                return (id, found ?? throw AdminError.EntityNotFound($"A user, group or resource with the address {request.Email}"));
            },
            cancellationToken);
        using var key = await keys.OrganizationAsync(organizationId, cancellationToken);
        return new DescribeEntityResponse
        {
            EntityId = entity.PublicId,
            Name = EntityRecord.Open(key, entity.EntityId, entity.Sealed).Name,
            Type = entity.Kind switch
            {
                EntityKind.Group => EntityType.Types.Value.Group,
                EntityKind.Resource => EntityType.Types.Value.Resource,
                _ => EntityType.Types.Value.User,
            },
        };
    }

    public async Task<ListUsersResponse> ListAsync(ListUsersRequest request, CancellationToken cancellationToken)
    {
        var filters = request.Filters ?? new ListUsersFilters();
        var page = await read.ListAsync(
            request.OrganizationId, EntityKind.User, request.NextToken, PageToken.Count(request.HasMaxResults, request.MaxResults),
            found => Matches(filters, found) ? ToUser(found) : null, cancellationToken);
        var response = new ListUsersResponse();
        response.Users.AddRange(page.Rows);
        if (page.NextToken is { } next)
            response.NextToken = next;
        return response;
    }

    private static User ToUser(DescribedEntity found)
    {
        var (entity, record, email) = found;
        var user = new User
        {
            Id = entity.PublicId,
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

    private static bool Matches(ListUsersFilters filters, DescribedEntity found) =>
        found.Matches(filters.UsernamePrefix, filters.PrimaryEmailPrefix, filters.HasState ? filters.State : null)
        && found.Record.DisplayName.StartsWith(filters.DisplayNamePrefix, StringComparison.OrdinalIgnoreCase);

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
