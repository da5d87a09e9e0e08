using Google.Protobuf.Collections;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Mailstead.Contracts.Admin.V1;
using Mailstead.Contracts.Directories.V1;
using Mailstead.Directories.Entities;
using Mailstead.Directories.Organizations;

namespace Mailstead.Directories.Impersonation;

/// <summary>The Impersonation contract.</summary>
internal sealed class ImpersonationGrpc(OrganizationWork work, TimeProvider clock) : Contracts.Admin.V1.Impersonation.ImpersonationBase
{
    private const int RolesMax = 20;

    public override async Task<CreateImpersonationRoleResponse> CreateImpersonationRole(
        CreateImpersonationRoleRequest request, ServerCallContext context)
    {
        var now = clock.GetUtcNow();
        var id = await work.WriteAsync(
            request.OrganizationId,
            unit => ClientTokens.RunAsync(unit, request.ClientToken, request, now, () => CreateAsync(unit, request, now)), context.CancellationToken);
        return new CreateImpersonationRoleResponse { ImpersonationRoleId = id };
    }

    public override async Task<UpdateImpersonationRoleResponse> UpdateImpersonationRole(
        UpdateImpersonationRoleRequest request, ServerCallContext context)
    {
        await work.WriteAsync(
            request.OrganizationId,
            async unit =>
            {
                var all = await ImpersonationRoles.Setting.ReadForChangeAsync(unit);
                var role = ImpersonationRoles.Require(all, request.ImpersonationRoleId);
                RequireFree(all, request.Name, role.ImpersonationRoleId);
                role.Name = request.Name;
                role.Type = request.Type;
                role.ClearDescription();
                if (request.HasDescription)
                    role.Description = request.Description;
                role.Rules.Clear();
                role.Rules.AddRange(await ResolveAsync(unit, request.Rules));
                role.DateModified = Timestamp.FromDateTimeOffset(clock.GetUtcNow());
                return await ImpersonationRoles.Setting.WriteAsync(unit, all);
            },
            context.CancellationToken);
        return new UpdateImpersonationRoleResponse();
    }

    public override Task<GetImpersonationRoleResponse> GetImpersonationRole(GetImpersonationRoleRequest request, ServerCallContext context) =>
        work.ReadAsync(
            request.OrganizationId, unit => ImpersonationRoles.RequireAsync(unit, request.ImpersonationRoleId), context.CancellationToken);

    public override async Task<ListImpersonationRolesResponse> ListImpersonationRoles(
        ListImpersonationRolesRequest request, ServerCallContext context)
    {
        var after = PageToken.Read(request.NextToken);
        var count = PageToken.Count(request.HasMaxResults, request.MaxResults);
        var all = await work.ReadAsync(request.OrganizationId, ImpersonationRoles.Setting.ReadAsync, context.CancellationToken);
        var rest = all.Roles.Where(role => Guid.Parse(role.ImpersonationRoleId).CompareTo(after) > 0).ToList();
        var response = new ListImpersonationRolesResponse { Roles = { rest.Take(count).Select(Summarize) } };
        if (rest.Count > count)
            response.NextToken = PageToken.Write(Guid.Parse(rest[count - 1].ImpersonationRoleId));
        return response;
    }

    /// <summary>A role that is not there is deleted already.</summary>
    public override async Task<DeleteImpersonationRoleResponse> DeleteImpersonationRole(
        DeleteImpersonationRoleRequest request, ServerCallContext context)
    {
        await work.WriteAsync(
            request.OrganizationId,
            async unit =>
            {
                var all = await ImpersonationRoles.Setting.ReadForChangeAsync(unit);
                if (all.Roles.FirstOrDefault(role => role.ImpersonationRoleId == request.ImpersonationRoleId) is { } found)
                    all.Roles.Remove(found);
                return await ImpersonationRoles.Setting.WriteAsync(unit, all);
            },
            context.CancellationToken);
        return new DeleteImpersonationRoleResponse();
    }

    public override async Task<GetImpersonationRoleEffectResponse> GetImpersonationRoleEffect(
        GetImpersonationRoleEffectRequest request, ServerCallContext context)
    {
        var (role, verdict) = await work.ReadAsync(
            request.OrganizationId,
            async unit =>
            {
                var found = await ImpersonationRoles.RequireAsync(unit, request.ImpersonationRoleId);
                var user = await unit.RequireAsync(request.TargetUser, EntityKind.User);
                return user.IsEnabled
                    ? (found, ImpersonationRoles.Judge(found, user.PublicId))
                    : throw AdminError.EntityState("The target user is disabled: enable it with RegisterToWorkMail first");
            },
            context.CancellationToken);
        var response = new GetImpersonationRoleEffectResponse { Type = role.Type, Effect = verdict.Effect };
        foreach (var rule in verdict.Decisive)
        {
            var matched = new ImpersonationMatchedRule { ImpersonationRuleId = rule.ImpersonationRuleId };
            if (rule.HasName)
                matched.Name = rule.Name;
            response.MatchedRules.Add(matched);
        }

        return response;
    }

    public override async Task<AssumeImpersonationRoleResponse> AssumeImpersonationRole(
        AssumeImpersonationRoleRequest request, ServerCallContext context)
    {
        var token = await work.ReadAsync(
            request.OrganizationId,
            async unit =>
            {
                var role = await ImpersonationRoles.RequireAsync(unit, request.ImpersonationRoleId);
                return ImpersonationToken.Create(unit.Installation, unit.Id, role.ImpersonationRoleId, clock.GetUtcNow());
            },
            context.CancellationToken);
        return new AssumeImpersonationRoleResponse { Token = token, ExpiresIn = (long)ImpersonationToken.Life.TotalSeconds };
    }

    private static async ValueTask<string> CreateAsync(OrganizationUnit unit, CreateImpersonationRoleRequest request, DateTimeOffset now)
    {
        var all = await ImpersonationRoles.Setting.ReadForChangeAsync(unit);
        RequireFree(all, request.Name, "");
        if (all.Roles.Count >= RolesMax)
            throw AdminError.Limit($"An organization has at most {RolesMax} impersonation roles; delete one first");
        var role = new GetImpersonationRoleResponse
        {
            ImpersonationRoleId = Guid.CreateVersion7(now).ToString(),
            Name = request.Name,
            Type = request.Type,
            Rules = { await ResolveAsync(unit, request.Rules) },
            DateCreated = Timestamp.FromDateTimeOffset(now),
            DateModified = Timestamp.FromDateTimeOffset(now),
        };
        if (request.HasDescription)
            role.Description = request.Description;
        all.Roles.Add(role);
        await ImpersonationRoles.Setting.WriteAsync(unit, all);
        return role.ImpersonationRoleId;
    }

    private static void RequireFree(StoredImpersonationRoles all, string name, string exceptId)
    {
        if (all.Roles.Any(role => role.Name == name && role.ImpersonationRoleId != exceptId))
            throw AdminError.InvalidParameter($"Name: {name} is another impersonation role's; choose another name");
    }

    /// <summary>Users may be named by name or address; what is kept is their ids.</summary>
    private static async ValueTask<List<ImpersonationRule>> ResolveAsync(OrganizationUnit unit, RepeatedField<ImpersonationRule> rules)
    {
        if (rules.DistinctBy(rule => rule.ImpersonationRuleId).Count() < rules.Count)
            throw AdminError.InvalidParameter("Rules: each needs an ImpersonationRuleId of its own");
        var resolved = new List<ImpersonationRule>();
        foreach (var rule in rules)
        {
            var copy = rule.Clone();
            copy.TargetUsers.Clear();
            copy.TargetUsers.AddRange(await unit.ToUserIdsAsync(rule.TargetUsers));
            copy.NotTargetUsers.Clear();
            copy.NotTargetUsers.AddRange(await unit.ToUserIdsAsync(rule.NotTargetUsers));
            resolved.Add(copy);
        }

        return resolved;
    }

    private static ImpersonationRole Summarize(GetImpersonationRoleResponse role) => new()
    {
        ImpersonationRoleId = role.ImpersonationRoleId,
        Name = role.Name,
        Type = role.Type,
        DateCreated = role.DateCreated,
        DateModified = role.DateModified,
    };
}
