using System.Text.RegularExpressions;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Mailstead.Contracts.Keys.V1;
using Mailstead.Contracts.Kms.V1;
using Mailstead.Keys.CustomerKeys;
using Mailstead.Keys.Grants;

namespace Mailstead.Keys.Kms;

/// <summary>Grants: given, told, revoked by whoever administers the key, retired by whoever has them.</summary>
internal sealed partial class KmsGrpc
{
    private const int GrantsOfKeyMax = 50_000;
    private const int KeysAtOnce = 1000;

    public override async Task<CreateGrantResponse> CreateGrant(CreateGrantRequest request, ServerCallContext context)
    {
        var caller = CallerOf.Context(context);
        RequirePrincipal(request.GranteePrincipal, mayBeService: true);
        if (request.HasRetiringPrincipal)
            RequirePrincipal(request.RetiringPrincipal, mayBeService: false);
        var record = new StoredGrant
        {
            Name = request.Name,
            GranteePrincipal = request.GranteePrincipal,
            RetiringPrincipal = request.RetiringPrincipal,
            Operations = { request.Operations.Distinct().Order() },
            Constraints = request.Constraints,
        };
        var key = await work.RequireAsync(
            caller, request.KeyId, found => new KeyUse("CreateGrant", found, ConditionsOf(request)) { Given = record }, context.CancellationToken);
        KmsWork.RequireEnabled(key);
        if (request.DryRun)
            throw KmsError.DryRun();
        var grant = new Grant(Guid.CreateVersion7(clock.GetUtcNow()), key.KeyId, Guid.Empty, clock.GetUtcNow(), record);
        var given = await work.WriteAsync(
            async transaction =>
            {
                await keys.LockAsync(transaction, key.KeyId);
                var before = await grants.ListGivenAsync(transaction, key.KeyId, Guid.Empty, GrantsOfKeyMax);
                // One that has a name is the same when it is asked for again.
                if (record.Name.Length > 0 && before.Find(other => other.Record.Equals(record)) is { } same)
                    return same;
                if (before.Count == GrantsOfKeyMax)
                    throw KmsError.Limit($"A key has at most {GrantsOfKeyMax} grants");
                await grants.InsertAsync(transaction, grant);
                return grant;
            },
            context.CancellationToken);
        return new CreateGrantResponse { GrantId = IdOf(given), GrantToken = TokenOf(given) };
    }

    public override async Task<ListGrantsResponse> ListGrants(ListGrantsRequest request, ServerCallContext context)
    {
        var key = await work.RequireAsync(CallerOf.Context(context), request.KeyId, "ListGrants", context.CancellationToken);
        Guid? only = request.HasGrantId ? ReadGrantId(request.GrantId) : null;
        var count = request.HasLimit ? request.Limit : KmsPage.Default;
        var all = await work.ReadAsync(
            transaction => grants.ListAsync(transaction, key.KeyId, KmsPage.ReadId(request.Marker), GrantsOfKeyMax), context.CancellationToken);
        var matching = all.Where(grant => (only is null || grant.GrantId == only)
            && (!request.HasGranteePrincipal || grant.Record.GranteePrincipal == request.GranteePrincipal));
        return PageOf([.. matching.Take(count + 1)], count);
    }

    public override async Task<ListGrantsResponse> ListRetirableGrants(ListRetirableGrantsRequest request, ServerCallContext context)
    {
        await access.RequireAsync(CallerOf.Context(context), "ListRetirableGrants", KmsWork.AnyKey, context.CancellationToken);
        var count = request.HasLimit ? request.Limit : KmsPage.Default;
        var found = new List<Grant>();
        var marker = KmsPage.ReadId(request.Marker);
        for (var after = Guid.Empty; ;)
        {
            var some = await work.ReadAsync(transaction => keys.ListAsync(transaction, after, KeysAtOnce), context.CancellationToken);
            foreach (var key in some)
            {
                var given = await work.ReadAsync(transaction => grants.ListGivenAsync(transaction, key.KeyId, marker, GrantsOfKeyMax), context.CancellationToken);
                found.AddRange(given.Where(grant => grant.Record.RetiringPrincipal == request.RetiringPrincipal));
            }

            if (some.Count < KeysAtOnce)
                break;
            after = some[^1].KeyId;
        }

        return PageOf([.. found.OrderBy(grant => grant.GrantId.ToString(), StringComparer.Ordinal).Take(count + 1)], count);
    }

    public override async Task<RevokeGrantResponse> RevokeGrant(RevokeGrantRequest request, ServerCallContext context)
    {
        var key = await work.RequireAsync(CallerOf.Context(context), request.KeyId, "RevokeGrant", context.CancellationToken);
        var grant = await RequireGrantAsync(key, ReadGrantId(request.GrantId), context.CancellationToken);
        if (request.DryRun)
            throw KmsError.DryRun();
        await work.EndAsync(grant, context.CancellationToken);
        return new RevokeGrantResponse();
    }

    public override async Task<RetireGrantResponse> RetireGrant(RetireGrantRequest request, ServerCallContext context)
    {
        var caller = CallerOf.Context(context);
        if (request.HasGrantToken == (request.HasKeyId && request.HasGrantId))
            throw KmsError.Invalid("Name the grant by GrantToken, or by KeyId and GrantId");
        var (keyId, grantId) = request.HasGrantToken ? ReadToken(request.GrantToken) : (request.KeyId, ReadGrantId(request.GrantId));
        var key = await work.FindAsync(keyId, takesAlias: false, context.CancellationToken);
        var grant = await RequireGrantAsync(key, grantId, context.CancellationToken);
        var isGrantee = grant.Record.GranteePrincipal == caller.Arn && grant.Record.Operations.Contains(GrantOperation.Types.Value.RetireGrant);
        if (grant.Record.RetiringPrincipal != caller.Arn && !isGrantee)
            await access.RequireAsync(caller, new KeyUse("RetireGrant", key), context.CancellationToken);
        if (request.DryRun)
            throw KmsError.DryRun();
        await work.EndAsync(grant, context.CancellationToken);
        return new RetireGrantResponse();
    }

    private async Task<Grant> RequireGrantAsync(CustomerKey key, Guid grantId, CancellationToken cancellationToken)
    {
        var all = await work.ReadAsync(transaction => grants.ListAsync(transaction, key.KeyId, Guid.Empty, GrantsOfKeyMax), cancellationToken);
        return all.Find(grant => grant.GrantId == grantId) ?? throw KmsError.NotFound($"Grant ID {grantId:N} not found");
    }

    private ListGrantsResponse PageOf(List<Grant> found, int count)
    {
        var (rows, marker) = KmsPage.Cut(found, count, grant => grant.GrantId.ToString());
        var response = new ListGrantsResponse { Grants = { rows.Select(EntryOf) }, Truncated = marker is not null };
        if (marker is not null)
            response.NextMarker = marker;
        return response;
    }

    private GrantListEntry EntryOf(Grant grant)
    {
        var entry = new GrantListEntry
        {
            KeyId = work.ArnOf(grant.KeyId),
            GrantId = IdOf(grant),
            CreationDate = Timestamp.FromDateTimeOffset(grant.CreatedAt),
            GranteePrincipal = grant.Record.GranteePrincipal,
            IssuingAccount = policies.RootArn,
            Operations = { grant.Record.Operations },
            Constraints = grant.Record.Constraints,
        };
        if (grant.Record.Name.Length > 0)
            entry.Name = grant.Record.Name;
        if (grant.Record.RetiringPrincipal.Length > 0)
            entry.RetiringPrincipal = grant.Record.RetiringPrincipal;
        return entry;
    }

    private (string, string[])[] ConditionsOf(CreateGrantRequest request)
    {
        var conditions = new List<(string, string[])>
        {
            ("kms:GranteePrincipal", [request.GranteePrincipal]),
            ("kms:GrantOperations", [.. request.Operations.Select(operation => operation.ToString())]),
            ("kms:GrantIsForAWSResource", [request.GranteePrincipal == grants.Service ? "true" : "false"]),
        };
        if (request.HasRetiringPrincipal)
            conditions.Add(("kms:RetiringPrincipal", [request.RetiringPrincipal]));
        var kinds = new[]
        {
            request.Constraints?.EncryptionContextSubset.Count > 0 ? "EncryptionContextSubset" : "",
            request.Constraints?.EncryptionContextEquals.Count > 0 ? "EncryptionContextEquals" : "",
        };
        if (kinds.Any(kind => kind.Length > 0))
            conditions.Add(("kms:GrantConstraintType", [.. kinds.Where(kind => kind.Length > 0)]));
        return [.. conditions];
    }

    private void RequirePrincipal(string principal, bool mayBeService)
    {
        if (!Principal().IsMatch(principal) && !(mayBeService && principal == grants.Service))
            throw KmsError.InvalidArn($"{principal} is no ARN of a user, a role or an account's root{(mayBeService ? $", nor {grants.Service}" : "")}");
    }

    private static string IdOf(Grant grant) => grant.GrantId.ToString("N");

    private static Guid ReadGrantId(string text) => Guid.TryParseExact(text, "N", out var id) ? id : throw KmsError.InvalidGrantId(text);

    private static string TokenOf(Grant grant) =>
        Convert.ToBase64String([.. grant.KeyId.ToByteArray(bigEndian: true), .. grant.GrantId.ToByteArray(bigEndian: true)]);

    private static (string KeyId, Guid GrantId) ReadToken(string token)
    {
        Span<byte> octets = stackalloc byte[33];
        return Convert.TryFromBase64String(token, octets, out var length) && length == 32
            ? (new Guid(octets[..16], bigEndian: true).ToString(), new Guid(octets[16..32], bigEndian: true))
            : throw KmsError.InvalidGrantToken();
    }

    [GeneratedRegex(@"^arn:aws[a-z-]*:(iam::[0-9]{12}:(root|user/.+|role/.+)|sts::[0-9]{12}:(assumed-role|federated-user)/.+)\z")]
    private static partial Regex Principal();
}
