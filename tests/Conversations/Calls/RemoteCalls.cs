using Grpc.Core;
using Mailstead.Contracts.Directories.V1;
using Mailstead.Hosting.Modules;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Mailstead.Conversations.Calls;

/// <summary>Roles in processes of their own call each other over HTTP/2 with mutual TLS.</summary>
public sealed class RemoteCalls : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("mailstead-calls-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task A_role_that_the_contract_names_is_served()
    {
        var replica = new DirectoryReplica();
        await using var server = await ServeAsync(replica);
        await using var caller = await CallerAsync("imap", server.Address);

        var answer = await Directories(caller).AuthenticateAsync(new AuthenticateRequest { Login = "alice" });

        Assert.Equal(AuthenticationResult.InvalidCredentials, answer.Result);
        Assert.Equal(["alice"], replica.Logins);
    }

    [Theory]
    [InlineData("ingress")]
    [InlineData("admin")]
    public async Task An_edge_may_call_only_what_it_needs(string role)
    {
        var replica = new DirectoryReplica();
        await using var server = await ServeAsync(replica);
        await using var caller = await CallerAsync(role, server.Address);

        var refusal = await Assert.ThrowsAsync<RpcException>(
            async () => await Directories(caller).AuthenticateAsync(new AuthenticateRequest { Login = "alice" }));

        Assert.Equal(StatusCode.PermissionDenied, refusal.StatusCode);
        Assert.Empty(replica.Logins);
    }

    [Fact]
    public async Task Nobody_outside_makes_an_administrator()
    {
        await using var server = await ServeAsync(new DirectoryReplica());
        await using var caller = await CallerAsync("admin", server.Address);

        var refusal = await Assert.ThrowsAsync<RpcException>(
            async () => await Directories(caller).EnsureAdministratorAsync(new EnsureAdministratorRequest { AccountId = "000000000000" }));

        Assert.Equal(StatusCode.PermissionDenied, refusal.StatusCode);
    }

    [Fact]
    public async Task A_certificate_of_another_authority_opens_nothing()
    {
        await using var server = await ServeAsync(new DirectoryReplica());
        var elsewhere = Directory.CreateDirectory(Path.Combine(folder, "elsewhere")).FullName;
        RoleProcess.Certify(elsewhere, "imap", "imap");
        // It trusts the server, and is not trusted.
        File.Copy(Path.Combine(folder, "ca.pem"), Path.Combine(elsewhere, "ca.pem"), overwrite: true);
        await using var caller = await RoleProcess.StartAsync(
            new CallerModule("imap"), elsewhere, "imap", new Dictionary<string, string> { ["directories"] = server.Address });

        var refusal = await Assert.ThrowsAsync<RpcException>(async () => await Directories(caller).AuthenticateAsync(
            new AuthenticateRequest { Login = "alice" }, deadline: DateTime.UtcNow.AddSeconds(10)));

        Assert.Contains(refusal.StatusCode, new[] { StatusCode.Unavailable, StatusCode.DeadlineExceeded, StatusCode.Internal });
    }

    [Fact]
    public async Task A_server_without_the_role_is_not_told_anything()
    {
        var replica = new DirectoryReplica();
        RoleProcess.Certify(folder, "keys", "keys");
        await using var server = await RoleProcess.StartAsync(replica, folder, "keys");
        await using var caller = await CallerAsync("imap", server.Address);

        await Assert.ThrowsAsync<RpcException>(async () => await Directories(caller).AuthenticateAsync(
            new AuthenticateRequest { Login = "alice", Password = "secret" }, deadline: DateTime.UtcNow.AddSeconds(10)));

        Assert.Empty(replica.Logins);
    }

    [Fact]
    public async Task A_deadline_ends_the_call_on_both_sides()
    {
        var replica = new DirectoryReplica();
        await using var server = await ServeAsync(replica);
        await using var caller = await CallerAsync("imap", server.Address);
        var deadline = DateTime.UtcNow.AddSeconds(2);

        var refusal = await Assert.ThrowsAsync<RpcException>(
            async () => await Directories(caller).AuthenticateAsync(new AuthenticateRequest { Login = "slow" }, deadline: deadline));

        Assert.Equal(StatusCode.DeadlineExceeded, refusal.StatusCode);
        Assert.Equal(deadline, replica.LastDeadline, TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task A_surprise_keeps_its_words_to_itself()
    {
        await using var server = await ServeAsync(new DirectoryReplica());
        await using var caller = await CallerAsync("imap", server.Address);

        var failure = await Assert.ThrowsAsync<RpcException>(
            async () => await Directories(caller).AuthenticateAsync(new AuthenticateRequest { Login = "surprise" }));

        Assert.Equal(StatusCode.Internal, failure.StatusCode);
        Assert.DoesNotContain("secret", failure.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Replicas_share_the_calls_and_one_that_goes_is_not_missed()
    {
        var (first, second) = (new DirectoryReplica(), new DirectoryReplica());
        var leaving = await ServeAsync(first);
        await using var staying = await ServeAsync(second);
        await using var caller = await CallerAsync("imap", $"{leaving.Address},{staying.Address}");
        var directories = Directories(caller);

        for (var i = 0; first.Logins.IsEmpty || second.Logins.IsEmpty; i++)
            await directories.AuthenticateAsync(new AuthenticateRequest { Login = $"before-{i}" }, deadline: DateTime.UtcNow.AddSeconds(60));
        await leaving.DisposeAsync();
        for (var i = 0; i < 50; i++)
            await directories.AuthenticateAsync(new AuthenticateRequest { Login = $"after-{i}" }, deadline: DateTime.UtcNow.AddSeconds(60));

        Assert.Equal(50, second.Logins.Count(login => login.StartsWith("after-", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_role_that_is_called_must_have_an_address()
    {
        RoleProcess.Certify(folder, "imap", "imap");

        var wrong = await Assert.ThrowsAsync<OptionsValidationException>(() => RoleProcess.StartAsync(new CallerModule("imap"), folder, "imap"));

        Assert.Contains("Services:Addresses:directories", wrong.Message, StringComparison.Ordinal);
    }

    private static DirectoriesApi.DirectoriesApiClient Directories(RoleProcess process) =>
        process.App.Services.GetRequiredService<DirectoriesApi.DirectoriesApiClient>();

    private Task<RoleProcess> ServeAsync(IModule module)
    {
        RoleProcess.Certify(folder, "directories", "directories");
        return RoleProcess.StartAsync(module, folder, "directories");
    }

    private Task<RoleProcess> CallerAsync(string role, string address)
    {
        RoleProcess.Certify(folder, role, role);
        return RoleProcess.StartAsync(new CallerModule(role), folder, role, new Dictionary<string, string> { ["directories"] = address });
    }
}
