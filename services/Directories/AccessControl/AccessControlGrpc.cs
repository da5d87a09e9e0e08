using System.Net;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Mailstead.Contracts.Admin.V1;
using Mailstead.Directories.Entities;
using Mailstead.Directories.Impersonation;
using Mailstead.Directories.Organizations;
using Mailstead.Directories.Users;
using Mailstead.Policies;

namespace Mailstead.Directories.AccessControl;

/// <summary>The AccessControl contract. Whoever is signed in is asked for again as soon as a rule changes.</summary>
internal sealed class AccessControlGrpc(OrganizationWork work, AccessEvents events, TimeProvider clock)
    : Contracts.Admin.V1.AccessControl.AccessControlBase
{
    private const int RulesMax = 10;

    public override async Task<PutAccessControlRuleResponse> PutAccessControlRule(PutAccessControlRuleRequest request, ServerCallContext context)
    {
        Check(request);
        var now = clock.GetUtcNow();
        var id = await work.WriteAsync(
            request.OrganizationId,
            async unit =>
            {
                var rule = await ToRuleAsync(unit, request, Timestamp.FromDateTimeOffset(now));
                foreach (var role in request.ImpersonationRoleIds.Concat(request.NotImpersonationRoleIds))
                    await ImpersonationRoles.RequireAsync(unit, role);
                var all = await AccessRules.Setting.ReadForChangeAsync(unit);
                Put(all, rule);
                await AccessRules.Setting.WriteAsync(unit, all);
                await AccessChanges.AddAsync(unit.Transaction, unit.Id, AccessChanges.Everybody, now.ToUnixTimeMilliseconds());
                return unit.Id;
            },
            context.CancellationToken);
        events.OrganizationAccessChanged(id, now.ToUnixTimeMilliseconds());
        return new PutAccessControlRuleResponse();
    }

    /// <summary>A rule that is not there is deleted already.</summary>
    public override async Task<DeleteAccessControlRuleResponse> DeleteAccessControlRule(
        DeleteAccessControlRuleRequest request, ServerCallContext context)
    {
        var now = clock.GetUtcNow();
        var id = await work.WriteAsync(
            request.OrganizationId,
            async unit =>
            {
                var all = await AccessRules.Setting.ReadForChangeAsync(unit);
                if (all.Rules.FirstOrDefault(rule => rule.Name == request.Name) is { } found)
                    all.Rules.Remove(found);
                await AccessRules.Setting.WriteAsync(unit, all);
                await AccessChanges.AddAsync(unit.Transaction, unit.Id, AccessChanges.Everybody, now.ToUnixTimeMilliseconds());
                return unit.Id;
            },
            context.CancellationToken);
        events.OrganizationAccessChanged(id, now.ToUnixTimeMilliseconds());
        return new DeleteAccessControlRuleResponse();
    }

    public override Task<ListAccessControlRulesResponse> ListAccessControlRules(ListAccessControlRulesRequest request, ServerCallContext context) =>
        work.ReadAsync(request.OrganizationId, AccessRules.Setting.ReadAsync, context.CancellationToken);

    public override async Task<GetAccessControlEffectResponse> GetAccessControlEffect(
        GetAccessControlEffectRequest request, ServerCallContext context)
    {
        if (!IPAddress.TryParse(request.IpAddress, out var address))
            throw AdminError.InvalidParameter($"IpAddress: {request.IpAddress} is no IPv4 or IPv6 address");
        if (request.HasUserId == request.HasImpersonationRoleId)
            throw AdminError.InvalidParameter("Name either UserId or ImpersonationRoleId");
        RequireAction(request.Action);
        var verdict = await work.ReadAsync(
            request.OrganizationId,
            async unit =>
            {
                var user = request.HasUserId ? (await unit.RequireAsync(request.UserId, EntityKind.User)).PublicId : null;
                if (request.HasImpersonationRoleId)
                    await ImpersonationRoles.RequireAsync(unit, request.ImpersonationRoleId);
                var role = request.HasImpersonationRoleId ? request.ImpersonationRoleId : null;
                return new AccessAttempt(address, request.Action, user, role).Judge((await AccessRules.Setting.ReadAsync(unit)).Rules);
            },
            context.CancellationToken);
        return new GetAccessControlEffectResponse { Effect = verdict.Effect, MatchedRules = { verdict.Decisive.Select(rule => rule.Name) } };
    }

    private static void Check(PutAccessControlRuleRequest request)
    {
        foreach (var network in request.IpRanges.Concat(request.NotIpRanges))
        {
            if (!Cidr.TryParse(network, out _))
                throw AdminError.InvalidParameter($"IpRanges: {network} is no network such as 192.0.2.0/24 or 2001:db8::/32");
        }

        foreach (var action in request.Actions.Concat(request.NotActions))
            RequireAction(action);
    }

    private static void RequireAction(string action)
    {
        if (!AccessAttempt.Actions.Contains(action))
            throw AdminError.InvalidParameter($"{action} is no action; actions are {string.Join(", ", AccessAttempt.Actions)}");
    }

    /// <summary>In the place of the one of its name, or as another one.</summary>
    private static void Put(ListAccessControlRulesResponse all, AccessControlRule rule)
    {
        for (var i = 0; i < all.Rules.Count; i++)
        {
            if (all.Rules[i].Name != rule.Name)
                continue;
            rule.DateCreated = all.Rules[i].DateCreated;
            all.Rules[i] = rule;
            return;
        }

        if (all.Rules.Count >= RulesMax)
            throw AdminError.Limit($"An organization has at most {RulesMax} access control rules; delete one first");
        all.Rules.Add(rule);
    }

    private static async ValueTask<AccessControlRule> ToRuleAsync(OrganizationUnit unit, PutAccessControlRuleRequest request, Timestamp now) => new()
    {
        Name = request.Name,
        Effect = request.Effect,
        Description = request.Description,
        IpRanges = { request.IpRanges.Distinct() },
        NotIpRanges = { request.NotIpRanges.Distinct() },
        Actions = { request.Actions.Distinct() },
        NotActions = { request.NotActions.Distinct() },
        UserIds = { await unit.ToUserIdsAsync(request.UserIds) },
        NotUserIds = { await unit.ToUserIdsAsync(request.NotUserIds) },
        ImpersonationRoleIds = { request.ImpersonationRoleIds.Distinct() },
        NotImpersonationRoleIds = { request.NotImpersonationRoleIds.Distinct() },
        DateCreated = now,
        DateModified = now,
    };
}
