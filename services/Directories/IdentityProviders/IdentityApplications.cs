using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using Mailstead.Contracts.Admin.V1;
using Mailstead.Contracts.Directories.V1;
using Mailstead.Directories.Addresses;
using Mailstead.Hosting;
using Mailstead.Persistence.Databases;
using Mailstead.Persistence.Encryption;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Directories.IdentityProviders;

/// <summary>Registers applications of an identity provider and forgets them.</summary>
internal sealed class IdentityApplications(
    [FromKeyedServices("directories")] Database database, DirectoryKeys keys, InstallationOptions installation, TimeProvider clock)
{
    private const string IdCharacters = "abcdefghijklmnopqrstuvwxyz0123456789";

    public async Task<CreateIdentityCenterApplicationResponse> CreateAsync(
        CreateIdentityCenterApplicationRequest request, CancellationToken cancellationToken)
    {
        using var key = await keys.InstallationAsync(cancellationToken);
        var instance = request.InstanceArn[(request.InstanceArn.LastIndexOf('/') + 1)..];
        var application = new StoredIdentityApplication
        {
            Name = request.Name,
            InstanceArn = request.InstanceArn,
            RequestIndex = ByteString.CopyFrom(BlindIndexes.OfRequest(key, request.ToByteArray())),
        };
        var token = request.HasClientToken
            ? BlindIndexes.OfRequest(key, Encoding.UTF8.GetBytes($"{CreateIdentityCenterApplicationRequest.Descriptor.Name} {request.ClientToken}"))
            : null;
        var id = await database.WriteAsync(
            TenantScope.None,
            async transaction =>
            {
                var made = $"{instance}/apl-{RandomNumberGenerator.GetString(IdCharacters, 16)}";
                if (await ApplicationTable.InsertAsync(transaction, key, made, token, application, clock.GetUtcNow().ToUnixTimeMilliseconds()))
                    return made;
                return await RepeatAsync(transaction, key, token!, application);
            },
            cancellationToken);
        return new CreateIdentityCenterApplicationResponse { ApplicationArn = Prefix + id };
    }

    /// <summary>One that is not there is deleted already.</summary>
    public async Task DeleteAsync(string arn, CancellationToken cancellationToken)
    {
        if (arn.StartsWith(Prefix, StringComparison.Ordinal))
        {
            await database.WriteAsync(
                TenantScope.None, transaction => ApplicationTable.DeleteAsync(transaction, arn[Prefix.Length..]), cancellationToken);
        }
    }

    /// <exception cref="Grpc.Core.RpcException">ResourceNotFoundException; InvalidParameterException: it is another instance's.</exception>
    public async Task RequireAsync(IdentityCenterConfiguration configuration, CancellationToken cancellationToken)
    {
        using var key = await keys.InstallationAsync(cancellationToken);
        var arn = configuration.ApplicationArn;
        var found = arn.StartsWith(Prefix, StringComparison.Ordinal)
            ? await database.ReadAsync(
                TenantScope.None, transaction => ApplicationTable.FindAsync(transaction, key, arn[Prefix.Length..]), cancellationToken)
            : null;
        if (found is null)
            throw AdminError.ResourceNotFound($"There is no application {arn}; create it with CreateIdentityCenterApplication first");
        if (found.InstanceArn != configuration.InstanceArn)
            throw AdminError.InvalidParameter($"IdentityCenterConfiguration: the application belongs to {found.InstanceArn}");
    }

    private string Prefix => $"arn:aws:sso::{installation.AccountId}:application/";

    private static async ValueTask<string> RepeatAsync(
        Transaction transaction, DataKey key, byte[] token, StoredIdentityApplication application)
    {
        var earlier = await ApplicationTable.FindByTokenAsync(transaction, token)
            ?? throw AdminError.InvalidParameter("ClientToken: its application is being deleted; take another token");
        var present = await ApplicationTable.FindAsync(transaction, key, earlier);
        return present?.RequestIndex == application.RequestIndex
            ? earlier
            : throw AdminError.InvalidParameter("ClientToken: it was used for another request; take a new one");
    }
}
