using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Mailstead.Contracts.Kms.V1;
using Mailstead.Keys.Aliases;

namespace Mailstead.Keys.Kms;

/// <summary>Names of keys. Whoever gives one needs to be allowed it for the name and for the key.</summary>
internal sealed partial class KmsGrpc
{
    private const int AliasesOfKeyMax = 50;
    private const string ReservedPrefix = "alias/aws/";

    public override async Task<CreateAliasResponse> CreateAlias(CreateAliasRequest request, ServerCallContext context)
    {
        var caller = CallerOf.Context(context);
        RequireAliasName(request.AliasName);
        await access.RequireAsync(caller, "CreateAlias", work.AliasArnOf(request.AliasName), context.CancellationToken);
        var key = KmsWork.RequireAlive(await work.RequireAsync(caller, request.TargetKeyId, "CreateAlias", context.CancellationToken));
        await work.WriteAsync(
            async transaction =>
            {
                if ((await aliases.ListAsync(transaction, key.KeyId, "", AliasesOfKeyMax)).Count == AliasesOfKeyMax)
                    throw KmsError.Limit($"A key has at most {AliasesOfKeyMax} aliases");
                return await aliases.InsertAsync(transaction, request.AliasName, key.KeyId, clock.GetUtcNow())
                    ? true
                    : throw KmsError.Exists($"An alias with the name {work.AliasArnOf(request.AliasName)} already exists");
            },
            context.CancellationToken);
        return new CreateAliasResponse();
    }

    public override async Task<UpdateAliasResponse> UpdateAlias(UpdateAliasRequest request, ServerCallContext context)
    {
        var caller = CallerOf.Context(context);
        RequireAliasName(request.AliasName);
        await access.RequireAsync(caller, "UpdateAlias", work.AliasArnOf(request.AliasName), context.CancellationToken);
        var alias = await RequireAliasAsync(request.AliasName, context.CancellationToken);
        await work.RequireAsync(caller, alias.KeyId.ToString(), "UpdateAlias", context.CancellationToken);
        var target = KmsWork.RequireAlive(await work.RequireAsync(caller, request.TargetKeyId, "UpdateAlias", context.CancellationToken));
        await work.WriteAsync(transaction => aliases.ChangeAsync(transaction, alias.Name, target.KeyId, clock.GetUtcNow()), context.CancellationToken);
        return new UpdateAliasResponse();
    }

    public override async Task<ListAliasesResponse> ListAliases(ListAliasesRequest request, ServerCallContext context)
    {
        await access.RequireAsync(CallerOf.Context(context), "ListAliases", KmsWork.AnyKey, context.CancellationToken);
        var key = request.HasKeyId ? await work.FindAsync(request.KeyId, takesAlias: false, context.CancellationToken) : null;
        var count = request.HasLimit ? request.Limit : KmsPage.Default;
        var after = KmsPage.ReadName(request.Marker);
        var found = await work.ReadAsync(transaction => aliases.ListAsync(transaction, key?.KeyId, after, count + 1), context.CancellationToken);
        var (rows, marker) = KmsPage.Cut(found, count, alias => alias.Name);
        var response = new ListAliasesResponse { Aliases = { rows.Select(EntryOf) }, Truncated = marker is not null };
        if (marker is not null)
            response.NextMarker = marker;
        return response;
    }

    public override async Task<DeleteAliasResponse> DeleteAlias(DeleteAliasRequest request, ServerCallContext context)
    {
        var caller = CallerOf.Context(context);
        await access.RequireAsync(caller, "DeleteAlias", work.AliasArnOf(request.AliasName), context.CancellationToken);
        var alias = await RequireAliasAsync(request.AliasName, context.CancellationToken);
        await work.RequireAsync(caller, alias.KeyId.ToString(), "DeleteAlias", context.CancellationToken);
        await work.WriteAsync(transaction => aliases.DeleteAsync(transaction, alias.Name), context.CancellationToken);
        return new DeleteAliasResponse();
    }

    private AliasListEntry EntryOf(Alias alias) => new()
    {
        AliasName = alias.Name,
        AliasArn = work.AliasArnOf(alias.Name),
        TargetKeyId = alias.KeyId.ToString(),
        CreationDate = Timestamp.FromDateTimeOffset(alias.CreatedAt),
        LastUpdatedDate = Timestamp.FromDateTimeOffset(alias.UpdatedAt),
    };

    private async Task<Alias> RequireAliasAsync(string name, CancellationToken cancellationToken) =>
        await work.ReadAsync(transaction => aliases.FindAsync(transaction, name), cancellationToken)
        ?? throw KmsError.NotFound($"Alias {work.AliasArnOf(name)} is not found.");

    private static void RequireAliasName(string name)
    {
        if (!name.StartsWith(KmsWork.AliasPrefix, StringComparison.Ordinal) || name.Length == KmsWork.AliasPrefix.Length)
            throw KmsError.InvalidAlias("Alias must start with the prefix \"alias/\" and have a name behind it");
        if (name.StartsWith(ReservedPrefix, StringComparison.Ordinal))
            throw KmsError.InvalidAlias($"The prefix {ReservedPrefix} is reserved");
    }
}
