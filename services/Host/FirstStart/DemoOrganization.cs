using System.Security.Cryptography;
using System.Text.Json;
using Grpc.Core;
using Mailstead.Contracts.Admin.V1;
using Mailstead.Hosting;

namespace Mailstead.Host.FirstStart;

/// <summary>
/// Organization <c>demo</c> with three users, made through the operations that every administrator has. A start that was
/// killed half-way is finished by the next one.
/// </summary>
internal sealed class DemoOrganization(CallInvoker services, InstallationOptions installation, TimeProvider clock)
{
    private const string Alias = "demo";
    private static readonly string[] Names = ["alice", "bob", "carol"];

    private readonly Organizations.OrganizationsClient organizations = new(services);
    private readonly Users.UsersClient users = new(services);

    private string CredentialsPath => Path.Combine(installation.DataDirectory, "demo-credentials.json");

    /// <summary>The demo accounts' addresses and passwords, when they have been made.</summary>
    public IReadOnlyDictionary<string, string> Accounts =>
        JsonSerializer.Deserialize<Dictionary<string, string>>(File.ReadAllText(CredentialsPath))!;

    /// <summary>Makes what isn't there yet; it may be repeated.</summary>
    public async Task EnsureAsync(CancellationToken cancellationToken)
    {
        if (File.Exists(CredentialsPath))
            return;
        var organization = await EnsureOrganizationAsync(cancellationToken).ConfigureAwait(false);
        var credentials = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in Names)
        {
            var (address, password) = await EnsureUserAsync(organization, name, cancellationToken).ConfigureAwait(false);
            credentials.Add(address, password);
        }

        OwnerOnlyFile.WriteJson(CredentialsPath, credentials);
    }

    private async Task<string> EnsureOrganizationAsync(CancellationToken cancellationToken)
    {
        var id = await FindOrganizationAsync(cancellationToken).ConfigureAwait(false);
        if (id is null)
        {
            var created = await organizations.CreateOrganizationAsync(
                new CreateOrganizationRequest { Alias = Alias, ClientToken = "demo-organization" }, cancellationToken: cancellationToken).ConfigureAwait(false);
            id = created.OrganizationId;
        }

        while (true)
        {
            var now = await organizations.DescribeOrganizationAsync(
                new DescribeOrganizationRequest { OrganizationId = id }, cancellationToken: cancellationToken).ConfigureAwait(false);
            if (now.State == "Active")
                return id;
            if (now.State == "Failed")
                throw new InvalidOperationException($"Organization '{Alias}' is {now.State}: {now.ErrorMessage}");
            await Task.Delay(TimeSpan.FromMilliseconds(50), clock, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<string?> FindOrganizationAsync(CancellationToken cancellationToken)
    {
        var request = new ListOrganizationsRequest();
        while (true)
        {
            var page = await organizations.ListOrganizationsAsync(request, cancellationToken: cancellationToken).ConfigureAwait(false);
            if (page.OrganizationSummaries.FirstOrDefault(found => found.Alias == Alias && found.State != "Deleted") is { } demo)
                return demo.OrganizationId;
            if (string.IsNullOrEmpty(page.NextToken))
                return null;
            request = new ListOrganizationsRequest { NextToken = page.NextToken };
        }
    }

    private async Task<(string Address, string Password)> EnsureUserAsync(
        string organization, string name, CancellationToken cancellationToken)
    {
        var address = $"{name}@{Alias}.{installation.TestDomainSuffix}";
        var password = NewPassword();
        try
        {
            await users.CreateUserAsync(
                new CreateUserRequest
                {
                    OrganizationId = organization,
                    Name = name,
                    DisplayName = char.ToUpperInvariant(name[0]) + name[1..],
                    Password = password,
                },
                cancellationToken: cancellationToken).ConfigureAwait(false);
        }
        catch (RpcException taken) when (taken.Trailers.GetValue("mailstead-error-type") == "NameAvailabilityException")
        {
            await users.ResetPasswordAsync(
                new ResetPasswordRequest { OrganizationId = organization, UserId = name, Password = password },
                cancellationToken: cancellationToken).ConfigureAwait(false);
        }

        try
        {
            await users.RegisterToWorkMailAsync(
                new RegisterToWorkMailRequest { OrganizationId = organization, EntityId = name, Email = address },
                cancellationToken: cancellationToken).ConfigureAwait(false);
        }
        catch (RpcException done) when (done.Trailers.GetValue("mailstead-error-type") == "EntityAlreadyRegisteredException")
        {
            // A start that was killed had come this far.
        }

        return (address, password);
    }

    /// <summary>Twenty characters with something of each class that the password policy knows.</summary>
    private static string NewPassword() =>
        RandomNumberGenerator.GetString("ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789", 17) + "a7X";
}
