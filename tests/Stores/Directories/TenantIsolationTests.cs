using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Core;
using Mailstead.Contracts.Admin.V1;
using Mailstead.Contracts.Directories.V1;
using Mailstead.Stores.Harness;

namespace Mailstead.Stores.Directories;

/// <summary>Every administrative operation, asked by one organization about another's users, groups, addresses and
/// domains.</summary>
public sealed class TenantIsolationTests(Installations installations)
{
    private static readonly ServiceDescriptor[] Services =
    [
        Users.Descriptor, Groups.Descriptor, Aliases.Descriptor, Domains.Descriptor, MailboxAdministration.Descriptor, Resources.Descriptor,
    ];

    private static readonly string[] EntityFields = ["user_id", "group_id", "entity_id", "member_id", "resource_id"];

    /// <summary>Operations that name nothing but their own organization, or make something new in it.</summary>
    private static readonly string[] NamesNobody = ["CreateUser", "ListUsers", "CreateGroup", "ListGroups", "ListMailDomains",
        "RegisterMailDomain", "CreateResource", "ListResources"];

    [Theory, OnBothDatabases]
    public async Task Nothing_of_another_organization_resolves_by_id_name_or_address(DatabaseKind kind)
    {
        var installation = await installations.SharedAsync(kind);
        var (mine, theirs) = (await Tenant.CreateAsync(installation), await Tenant.CreateAsync(installation));
        var user = await theirs.CreateEnabledUserAsync("victim");
        var group = await theirs.CreateEnabledGroupAsync("team", user);
        var room = await theirs.CreateResourceAsync("room");
        var (ownUser, ownGroup, ownRoom) = (
            await mine.CreateEnabledUserAsync("me"), await mine.CreateEnabledGroupAsync("us"), await mine.CreateResourceAsync("ours"));
        var tried = 0;

        foreach (var method in Services.SelectMany(service => service.Methods)
            .Where(method => !NamesNobody.Contains(method.Name)))
        {
            var fields = EntityFields.Select(method.InputType.FindFieldByName).Where(field => field is not null).ToList();
            foreach (var identifier in new[] { user, group, room, $"victim@{theirs.Domain}", "victim", "team", "room" })
            {
                // One foreign name at a time: the others are our own, so that it alone can be the reason.
                foreach (var foreign in fields)
                {
                    var request = NewRequest(method, mine);
                    foreach (var field in fields)
                    {
                        field.Accessor.SetValue(
                            request, field == foreign ? identifier : field.Name switch { "group_id" => ownGroup, "resource_id" => ownRoom, _ => ownUser });
                    }

                    await RefusedAsync(installation, method, request);
                    tried++;
                }
            }

            if (fields.Count == 0)
            {
                var request = NewRequest(method, mine);
                if (method.InputType.FindFieldByName("domain_name") is { } domain)
                    domain.Accessor.SetValue(request, theirs.Domain);
                else
                    method.InputType.FindFieldByName("email").Accessor.SetValue(request, $"victim@{theirs.Domain}");
                await RefusedAsync(installation, method, request);
                tried++;
            }
        }

        Assert.True(tried > 80, $"only {tried} requests were tried");
        Assert.Equal(RecipientKind.Mailbox, (await theirs.ResolveAsync($"victim@{theirs.Domain}")).Kind);
        Assert.Equal(AuthenticationResult.Granted, await theirs.SignInAsync($"victim@{theirs.Domain}", Tenant.Password));
        Assert.Equal(RecipientKind.Group, (await theirs.ResolveAsync($"team@{theirs.Domain}")).Kind);
        Assert.Empty((await installation.Directories.ExpandGroupAsync(
            new ExpandGroupRequest { OrganizationId = mine.Key.ToString(), GroupId = group })).Members);
    }

    private static IMessage NewRequest(MethodDescriptor method, Tenant tenant)
    {
        var request = method.InputType.Parser.ParseFrom(ByteString.Empty);
        method.InputType.FindFieldByName("organization_id").Accessor.SetValue(request, tenant.Id);
        Set("email", $"new@{tenant.Domain}");
        Set("alias", $"new@{tenant.Domain}");
        Set("password", Tenant.Password);
        if (method.InputType.FindFieldByName("mailbox_quota") is { } quota)
            quota.Accessor.SetValue(request, 100);
        return request;

        void Set(string name, string value) => method.InputType.FindFieldByName(name)?.Accessor.SetValue(request, value);
    }

    private static async Task RefusedAsync(Installation installation, MethodDescriptor method, IMessage request)
    {
        var refused = await Record.ExceptionAsync(() => CallAsync(installation, method, request));
        // Deleting what is not there is done already; that the others' is there still is seen at the end.
        var isDone = refused is null && (method.Name.StartsWith("Delete", StringComparison.Ordinal) || method.Name == "DeregisterMailDomain");
        Assert.True(
            isDone || refused is RpcException { StatusCode: StatusCode.NotFound },
                $"{method.FullName} {request}: {refused?.Message ?? "done"}");
    }

    private static async Task CallAsync(Installation installation, MethodDescriptor method, IMessage request)
    {
        var call = new Method<IMessage, IMessage>(
            MethodType.Unary, method.Service.FullName, method.Name, MarshallerOf(method.InputType),
                MarshallerOf(method.OutputType));
        using var calling = installation.Calls.AsyncUnaryCall(call, null, new CallOptions(), request);
        await calling.ResponseAsync;
    }

    private static Marshaller<IMessage> MarshallerOf(MessageDescriptor type) =>
        Marshallers.Create(message => message.ToByteArray(), octets => type.Parser.ParseFrom(octets));
}
