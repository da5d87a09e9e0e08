using System.Security.Cryptography;
using Google.Protobuf.WellKnownTypes;
using Mailstead.Contracts.Directories.V1;
using Mailstead.Directories.AccessKeys;
using Mailstead.Hosting;
using Mailstead.Persistence.Databases;
using Mailstead.Persistence.Encryption;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Directories.Iam;

/// <summary>What the operations on users, groups, roles and policies have in common.</summary>
internal sealed class IamWork(
    [FromKeyedServices("directories")] Database database, DirectoryKeys keys, InstallationOptions installation, TimeProvider clock)
{
    private const int IdentitiesMax = 5000;
    private const string IdCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    public string AccountId => installation.AccountId;

    public async Task<T> ReadAsync<T>(Func<Transaction, DataKey, ValueTask<T>> read, CancellationToken cancellationToken)
    {
        using var key = await keys.InstallationAsync(cancellationToken);
        return await database.ReadAsync(TenantScope.None, transaction => read(transaction, key), cancellationToken);
    }

    public async Task<T> WriteAsync<T>(Func<Transaction, DataKey, ValueTask<T>> write, CancellationToken cancellationToken)
    {
        using var key = await keys.InstallationAsync(cancellationToken);
        return await database.WriteAsync(TenantScope.None, transaction => write(transaction, key), cancellationToken);
    }

    /// <exception cref="Grpc.Core.RpcException">EntityAlreadyExists, LimitExceeded.</exception>
    public Task<IamIdentity> CreateAsync(
        IamKind kind, string name, string path, string description, string document, CancellationToken cancellationToken)
    {
        // The account's own is none of these, and nobody may be taken for it.
        if (kind == IamKind.User && name.Equals(AccessKeyTable.Administrator, StringComparison.OrdinalIgnoreCase))
            throw IamError.Exists($"The user with name {name}");
        var now = clock.GetUtcNow();
        var identity = new IamIdentity(Guid.CreateVersion7(now), kind, new StoredIamIdentity
        {
            Name = name,
            Path = path.Length == 0 ? "/" : path,
            PublicId = IamIdentity.PrefixOf(kind) + RandomNumberGenerator.GetString(IdCharacters, 17),
            CreateDate = Timestamp.FromDateTimeOffset(now),
            Description = description,
            Document = document,
        });
        return WriteAsync(
            async (transaction, key) =>
            {
                if ((await IamTable.ListAsync(transaction, key, kind, Guid.Empty, IdentitiesMax)).Count == IdentitiesMax)
                    throw IamError.Limit($"An account has at most {IdentitiesMax} of each kind.");
                return await IamTable.InsertAsync(transaction, key, identity)
                    ? identity
                    : throw IamError.Exists($"The {IamIdentity.WordOf(kind)} with name {name}");
            },
            cancellationToken);
    }

    public Task<IamIdentity> RequireAsync(IamKind kind, string name, CancellationToken cancellationToken) =>
        ReadAsync(async (transaction, key) => await IamTable.FindAsync(transaction, key, kind, name) ?? throw Missing(kind, name), cancellationToken);

    /// <summary>Changes what is kept of one; nobody else does meanwhile.</summary>
    /// <exception cref="Grpc.Core.RpcException">NoSuchEntity.</exception>
    public Task<IamIdentity> ChangeAsync(IamKind kind, string name, Action<StoredIamIdentity> change, CancellationToken cancellationToken) =>
        WriteAsync(
            async (transaction, key) =>
            {
                var found = await IamTable.FindForChangeAsync(transaction, key, kind, name) ?? throw Missing(kind, name);
                change(found.Record);
                await IamTable.UpdateAsync(transaction, key, found);
                return found;
            },
            cancellationToken);

    /// <summary>One page of a kind, and the marker of the next, or null.</summary>
    public async Task<(IReadOnlyList<IamIdentity> Rows, string? Marker)> ListAsync(
        IamKind kind, string pathPrefix, string marker, int count, CancellationToken cancellationToken)
    {
        var after = PageToken.Read(marker);
        var all = await ReadAsync((transaction, key) => IamTable.ListAsync(transaction, key, kind, after, IdentitiesMax), cancellationToken);
        var matching = all.Where(identity => identity.Record.Path.StartsWith(pathPrefix, StringComparison.Ordinal)).ToList();
        return matching.Count > count
            ? (matching[..count], PageToken.Write(matching[count - 1].Id))
            : (matching, null);
    }

    public static Grpc.Core.RpcException Missing(IamKind kind, string name) =>
        IamError.NotFound($"The {IamIdentity.WordOf(kind)} with name {name}");
}
