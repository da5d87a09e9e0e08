using Mailstead.Contracts.Admin.V1;
using Mailstead.Contracts.Directories.V1;

namespace Mailstead.Stores.Harness;

/// <summary>An organization, made and filled by the calls that administrators make.</summary>
internal sealed class Tenant
{
    public const string Password = "Correct-Horse-7";

    private Tenant(Installation installation, string id, string alias) => (Installation, Id, Alias) = (installation, id, alias);

    public Installation Installation { get; }

    /// <summary>As in <c>m-…</c>.</summary>
    public string Id { get; }

    public Guid Key => Guid.ParseExact(Id[2..], "N");

    public string Alias { get; }

    public string Domain => Alias + ".mailstead.test";

    public Users.UsersClient Users => new(Installation.Calls);

    public Groups.GroupsClient Groups => new(Installation.Calls);

    public Aliases.AliasesClient Aliases => new(Installation.Calls);

    public static async Task<Tenant> CreateAsync(Installation installation)
    {
        var organizations = new Organizations.OrganizationsClient(installation.Calls);
        var alias = $"t{Guid.NewGuid():N}"[..20];
        var id = (await organizations.CreateOrganizationAsync(new CreateOrganizationRequest { Alias = alias })).OrganizationId;
        for (var waited = 0; ; waited++)
        {
            var state = (await organizations.DescribeOrganizationAsync(new DescribeOrganizationRequest { OrganizationId = id }))
                .State;
            if (state == "Active")
                return new Tenant(installation, id, alias);
            Assert.True(state != "Failed" && waited < 1200, $"The organization is {state}");
            await Task.Delay(50);
        }
    }

    public async Task<string> CreateUserAsync(string name) =>
        (await Users.CreateUserAsync(
            new CreateUserRequest { OrganizationId = Id, Name = name, DisplayName = name, Password = Password })).UserId;

    public async Task<string> CreateEnabledUserAsync(string name)
    {
        var id = await CreateUserAsync(name);
        await RegisterAsync(id, $"{name}@{Domain}");
        return id;
    }

    public async Task RegisterAsync(string entity, string address) =>
        await Users.RegisterToWorkMailAsync(
            new RegisterToWorkMailRequest { OrganizationId = Id, EntityId = entity, Email = address });

    public async Task<string> CreateEnabledGroupAsync(string name, params string[] members)
    {
        var id = (await Groups.CreateGroupAsync(new CreateGroupRequest { OrganizationId = Id, Name = name })).GroupId;
        await RegisterAsync(id, $"{name}@{Domain}");
        foreach (var member in members)
            await AddMemberAsync(id, member);
        return id;
    }

    public async Task<string> CreateResourceAsync(string name) => (await new Resources.ResourcesClient(Installation.Calls).CreateResourceAsync(
        new CreateResourceRequest { OrganizationId = Id, Name = name, Type = ResourceType.Types.Value.Room })).ResourceId;

    public async Task AddMemberAsync(string group, string member) => await Groups.AssociateMemberToGroupAsync(
        new AssociateMemberToGroupRequest { OrganizationId = Id, GroupId = group, MemberId = member });

    public async Task<Recipient> ResolveAsync(string address) =>
        (await Installation.Directories.ResolveRecipientsAsync(new ResolveRecipientsRequest { Addresses = { address } }))
            .Recipients.Single();

    public async Task<AuthenticationResult> SignInAsync(string login, string password) =>
        (await Installation.Directories.AuthenticateAsync(new AuthenticateRequest
        {
            Login = login,
            Password = password,
            Protocol = ClientProtocol.Imap,
            ClientAddress = $"192.0.2.{Random.Shared.Next(1, 255)}",
        })).Result;
}
