using Grpc.Core;
using Mailstead.Contracts.Keys.V1;
using Mailstead.Hosting;
using Mailstead.Persistence.Databases;
using Mailstead.Stores.Harness;

namespace Mailstead.Stores.Keys;

/// <summary>The root key on disk, and which customer master keys an organization may have.</summary>
public sealed class RootKeyTests(Installations installations)
{
    [Fact]
    public async Task The_root_key_is_its_owners_alone_and_only_the_right_one_starts()
    {
        var folder = installations.NewFolder();
        await (await Installation.StartAsync(folder, null)).DisposeAsync();
        var path = Path.Combine(folder, "keys", "root.key");
        var key = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));

        File.Delete(path);
        await RefusesAsync(folder, "root key is missing");
        await File.WriteAllBytesAsync(path, new byte[32], TestContext.Current.CancellationToken);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await RefusesAsync(folder, "is not the root key");
        await File.WriteAllBytesAsync(path, key[..31], TestContext.Current.CancellationToken);
        await RefusesAsync(folder, "31 octets");
        await File.WriteAllBytesAsync(path, key, TestContext.Current.CancellationToken);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        await RefusesAsync(folder, "chmod 600");
        File.Delete(path);
        var fromSettings = new Dictionary<string, string?> { ["Keys:RootKey"] = Convert.ToBase64String(key) };
        await (await Installation.StartAsync(folder, null, fromSettings)).DisposeAsync();
    }

    [Theory, OnBothDatabases]
    public async Task An_organizations_key_is_symmetric_enabled_and_for_ever(DatabaseKind kind)
    {
        var installation = await installations.SharedAsync(kind);
        var database = installation.DatabaseOf("keys");
        foreach (var (name, spec, state) in new[] { ("rsa", "RSA_2048", "ENABLED"), ("off", "SYMMETRIC_DEFAULT", "DISABLED") })
        {
            await database.ExecuteAsync(
                TenantScope.None,
                "INSERT INTO cmks (key_id, arn, provider, spec, state, created_at) VALUES (@id, @arn, 'local', @spec, @state, 0)",
                new { id = Guid.NewGuid(), arn = $"arn:test:{name}:{kind}", spec, state }, TestContext.Current.CancellationToken);
        }

        Assert.Equal(StatusCode.FailedPrecondition, await RefusalAsync($"arn:test:rsa:{kind}", "asymmetric"));
        Assert.Equal(StatusCode.FailedPrecondition, await RefusalAsync($"arn:test:off:{kind}", "not enabled"));
        Assert.Equal(StatusCode.NotFound, await RefusalAsync("arn:test:none", "no key"));
        var organization = Guid.NewGuid();
        var first = await installation.Keys.CreateOrganizationKeyAsync(Request(organization, ""));
        var again = await installation.Keys.CreateOrganizationKeyAsync(Request(organization, first.KeyArn));
        var exchanged = await Assert.ThrowsAsync<RpcException>(
            async () => await installation.Keys.CreateOrganizationKeyAsync(Request(organization, $"arn:test:off:{kind}")));
        Assert.Equal(first.KeyArn, again.KeyArn);
        Assert.Equal(StatusCode.FailedPrecondition, exchanged.StatusCode);

        async Task<StatusCode> RefusalAsync(string arn, string reason)
        {
            var refused = await Assert.ThrowsAsync<RpcException>(
                async () => await installation.Keys.CreateOrganizationKeyAsync(Request(Guid.NewGuid(), arn)));
            Assert.Contains(reason, refused.Status.Detail);
            return refused.StatusCode;
        }
    }

    private static CreateOrganizationKeyRequest Request(Guid organization, string arn) => new()
    {
        OrganizationId = organization.ToString(),
        OrganizationArn = $"arn:aws:workmail:us-east-1:0:organization/m-{organization:N}",
        KeyArn = arn,
    };

    private static async Task RefusesAsync(string folder, string reason) =>
        Assert.Contains(reason, (await Assert.ThrowsAsync<StartRefusedException>(() => Installation.StartAsync(folder, null)))
            .Message);
}
