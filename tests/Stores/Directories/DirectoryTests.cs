using Grpc.Core;
using Mailstead.Contracts.Admin.V1;
using Mailstead.Contracts.Directories.V1;
using Mailstead.Stores.Harness;

namespace Mailstead.Stores.Directories;

/// <summary>Users, groups, addresses and domains, by the calls of administration.</summary>
public sealed class DirectoryTests(Installations installations)
{
    [Theory, OnBothDatabases]
    public async Task A_registered_user_is_found_by_every_address_and_signs_in_by_each(DatabaseKind kind)
    {
        var tenant = await NewTenantAsync(kind);
        var id = await tenant.CreateEnabledUserAsync("ann");
        await tenant.Aliases.CreateAliasAsync(
            new CreateAliasRequest { OrganizationId = tenant.Id, EntityId = id, Alias = $"a.nn@{tenant.Domain}" });

        foreach (var address in new[] { $"ann@{tenant.Domain}", $"A.NN@{tenant.Domain.ToUpperInvariant()}" })
        {
            var recipient = await tenant.ResolveAsync(address);
            Assert.Equal((RecipientKind.Mailbox, id, $"ann@{tenant.Domain}"),
                (recipient.Kind, recipient.MailboxId, recipient.PrimaryAddress));
            Assert.Equal(AuthenticationResult.Granted, await tenant.SignInAsync(address, Tenant.Password));
        }

        Assert.Equal(AuthenticationResult.Granted, await tenant.SignInAsync($"{tenant.Alias}\\ann", Tenant.Password));
        Assert.Equal(AuthenticationResult.InvalidCredentials,
            await tenant.SignInAsync($"ann@{tenant.Domain}", Tenant.Password + "x"));
        Assert.Equal(RecipientKind.Unknown, (await tenant.ResolveAsync($"bob@{tenant.Domain}")).Kind);
        Assert.Equal(RecipientKind.Foreign, (await tenant.ResolveAsync("bob@elsewhere.example")).Kind);
    }

    [Theory, OnBothDatabases]
    public async Task A_new_password_ends_the_old_one_at_once_though_it_was_just_found_right(DatabaseKind kind)
    {
        var tenant = await NewTenantAsync(kind);
        var id = await tenant.CreateEnabledUserAsync("ann");
        Assert.Equal(AuthenticationResult.Granted, await tenant.SignInAsync($"ann@{tenant.Domain}", Tenant.Password));

        await tenant.Users.ResetPasswordAsync(
            new ResetPasswordRequest { OrganizationId = tenant.Id, UserId = id, Password = "Another-Horse-8" });

        Assert.Equal(AuthenticationResult.InvalidCredentials, await tenant.SignInAsync($"ann@{tenant.Domain}", Tenant.Password));
        Assert.Equal(AuthenticationResult.Granted, await tenant.SignInAsync($"ann@{tenant.Domain}", "Another-Horse-8"));
        await tenant.Users.DeregisterFromWorkMailAsync(
            new DeregisterFromWorkMailRequest { OrganizationId = tenant.Id, EntityId = id });
        Assert.Equal(AuthenticationResult.InvalidCredentials,
            await tenant.SignInAsync($"ann@{tenant.Domain}", "Another-Horse-8"));
        Assert.Equal(RecipientKind.Disabled, (await tenant.ResolveAsync($"ann@{tenant.Domain}")).Kind);
    }

    [Theory, OnBothDatabases]
    public async Task An_address_that_many_want_at_once_goes_to_one(DatabaseKind kind)
    {
        var tenant = await NewTenantAsync(kind);
        var users = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => tenant.CreateUserAsync($"user{i}")));

        var outcomes = await Task.WhenAll(users.Select(async user =>
        {
            try
            {
                await tenant.RegisterAsync(user, $"wanted@{tenant.Domain}");
                return "";
            }
            catch (RpcException refused)
            {
                return refused.Trailers.GetValue("mailstead-error-type") ?? refused.Status.ToString();
            }
        }));

        Assert.Single(outcomes, "");
        Assert.Equal(5, outcomes.Count(outcome => outcome == "EmailAddressInUseException"));
        Assert.Equal(users[Array.IndexOf(outcomes, "")], (await tenant.ResolveAsync($"wanted@{tenant.Domain}")).EntityId);
    }

    [Theory, OnBothDatabases]
    public async Task A_group_reaches_everyone_once_through_groups_and_circles(DatabaseKind kind)
    {
        var tenant = await NewTenantAsync(kind);
        var ann = await tenant.CreateEnabledUserAsync("ann");
        var bob = await tenant.CreateEnabledUserAsync("bob");
        var off = await tenant.CreateUserAsync("off");
        var inner = await tenant.CreateEnabledGroupAsync("inner", ann, bob, off);
        var outer = await tenant.CreateEnabledGroupAsync("outer", inner, ann);

        var members = (await tenant.Installation.Directories.ExpandGroupAsync(
            new ExpandGroupRequest { OrganizationId = tenant.Key.ToString(), GroupId = outer })).Members;

        Assert.Equal(new[] { ann, bob }.Order(), members.Select(member => member.MailboxId).Order());
        Assert.Equal(RecipientKind.Group, (await tenant.ResolveAsync($"outer@{tenant.Domain}")).Kind);
        var page = await tenant.Groups.ListGroupMembersAsync(
            new ListGroupMembersRequest { OrganizationId = tenant.Id, GroupId = inner, MaxResults = 2 });
        var rest = await tenant.Groups.ListGroupMembersAsync(
            new ListGroupMembersRequest
            {
                OrganizationId = tenant.Id,
                GroupId = inner,
                MaxResults = 2,
                NextToken = page.NextToken
            });
        Assert.Equal(new[] { ann, bob, off }.Order(), page.Members.Concat(rest.Members).Select(member => member.Id).Order());
    }

    [Theory, OnBothDatabases]
    public async Task Lists_come_in_pages_that_lose_and_repeat_nobody(DatabaseKind kind)
    {
        var tenant = await NewTenantAsync(kind);
        var made = new List<string>();
        for (var i = 0; i < 7; i++)
            made.Add(await tenant.CreateUserAsync($"user{i}"));

        var listed = new List<string>();
        for (var request = new ListUsersRequest { OrganizationId = tenant.Id, MaxResults = 3 }; ;)
        {
            var page = await tenant.Users.ListUsersAsync(request);
            Assert.True(page.Users.Count <= 3);
            listed.AddRange(page.Users.Select(user => user.Id));
            if (string.IsNullOrEmpty(page.NextToken))
                break;
            request = new ListUsersRequest { OrganizationId = tenant.Id, MaxResults = 3, NextToken = page.NextToken };
        }

        Assert.Equal(made, listed);
    }

    [Theory, OnBothDatabases]
    public async Task Many_may_claim_a_domain_and_nobody_has_addresses_on_it_before_it_is_proved(DatabaseKind kind)
    {
        var (one, other) = (await NewTenantAsync(kind), await NewTenantAsync(kind));
        var name = $"{Guid.NewGuid():N}.example";
        var domains = new Domains.DomainsClient(one.Installation.Calls);
        foreach (var tenant in new[] { one, other })
            await domains.RegisterMailDomainAsync(
                new RegisterMailDomainRequest { OrganizationId = tenant.Id, DomainName = name });
        var user = await one.CreateUserAsync("ann");

        var refused = await Assert.ThrowsAsync<RpcException>(() => one.RegisterAsync(user, $"ann@{name}"));

        Assert.Equal("MailDomainStateException", refused.Trailers.GetValue("mailstead-error-type"));
        Assert.Equal(RecipientKind.Foreign, (await one.ResolveAsync($"ann@{name}")).Kind);
        var mine = await domains.GetMailDomainAsync(new GetMailDomainRequest { OrganizationId = one.Id, DomainName = name });
        var theirs = await domains.GetMailDomainAsync(new GetMailDomainRequest { OrganizationId = other.Id, DomainName = name });
        Assert.NotEqual(mine.Records.First(record => record.Type == "TXT").Value,
            theirs.Records.First(record => record.Type == "TXT").Value);
        Assert.Equal(DnsRecordVerificationStatus.Types.Value.Pending, mine.OwnershipVerificationStatus);
    }

    private async Task<Tenant> NewTenantAsync(DatabaseKind kind) =>
        await Tenant.CreateAsync(await installations.SharedAsync(kind));
}
