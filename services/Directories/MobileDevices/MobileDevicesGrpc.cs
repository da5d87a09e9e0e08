using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Mailstead.Contracts.Admin.V1;
using Mailstead.Directories.Organizations;

namespace Mailstead.Directories.MobileDevices;

/// <summary>The MobileDevices contract.</summary>
internal sealed class MobileDevicesGrpc(OrganizationWork work, DeviceOverrides overrides, TimeProvider clock)
    : Contracts.Admin.V1.MobileDevices.MobileDevicesBase
{
    private const int RulesMax = 10;

    private static readonly JsonParser ByName = new(JsonParser.Settings.Default.WithIgnoreUnknownFields(true));

    public override async Task<CreateMobileDeviceAccessRuleResponse> CreateMobileDeviceAccessRule(
        CreateMobileDeviceAccessRuleRequest request, ServerCallContext context)
    {
        var now = clock.GetUtcNow();
        var id = await work.WriteAsync(
            request.OrganizationId,
            unit => ClientTokens.RunAsync(unit, request.ClientToken, request, now, () => CreateAsync(unit, request, now)), context.CancellationToken);
        return new CreateMobileDeviceAccessRuleResponse { MobileDeviceAccessRuleId = id };
    }

    public override Task<ListMobileDeviceAccessRulesResponse> ListMobileDeviceAccessRules(
        ListMobileDeviceAccessRulesRequest request, ServerCallContext context) =>
        work.ReadAsync(request.OrganizationId, DeviceRules.Setting.ReadAsync, context.CancellationToken);

    /// <summary>As a whole: what is left out is no condition of it any more.</summary>
    public override async Task<UpdateMobileDeviceAccessRuleResponse> UpdateMobileDeviceAccessRule(
        UpdateMobileDeviceAccessRuleRequest request, ServerCallContext context)
    {
        await work.WriteAsync(
            request.OrganizationId,
            async unit =>
            {
                var all = await DeviceRules.Setting.ReadForChangeAsync(unit);
                var present = all.Rules.FirstOrDefault(rule => rule.MobileDeviceAccessRuleId == request.MobileDeviceAccessRuleId)
                    ?? throw AdminError.EntityNotFound($"The mobile device access rule {request.MobileDeviceAccessRuleId}");
                var changed = ToRule(request);
                changed.DateCreated = present.DateCreated;
                changed.DateModified = Timestamp.FromDateTimeOffset(clock.GetUtcNow());
                all.Rules[all.Rules.IndexOf(present)] = changed;
                return await DeviceRules.Setting.WriteAsync(unit, all);
            },
            context.CancellationToken);
        return new UpdateMobileDeviceAccessRuleResponse();
    }

    /// <summary>A rule that is not there is deleted already.</summary>
    public override async Task<DeleteMobileDeviceAccessRuleResponse> DeleteMobileDeviceAccessRule(
        DeleteMobileDeviceAccessRuleRequest request, ServerCallContext context)
    {
        await work.WriteAsync(
            request.OrganizationId,
            async unit =>
            {
                var all = await DeviceRules.Setting.ReadForChangeAsync(unit);
                if (all.Rules.FirstOrDefault(rule => rule.MobileDeviceAccessRuleId == request.MobileDeviceAccessRuleId) is { } found)
                    all.Rules.Remove(found);
                return await DeviceRules.Setting.WriteAsync(unit, all);
            },
            context.CancellationToken);
        return new DeleteMobileDeviceAccessRuleResponse();
    }

    public override async Task<GetMobileDeviceAccessEffectResponse> GetMobileDeviceAccessEffect(
        GetMobileDeviceAccessEffectRequest request, ServerCallContext context)
    {
        var all = await work.ReadAsync(request.OrganizationId, DeviceRules.Setting.ReadAsync, context.CancellationToken);
        var verdict = DeviceRules.Judge(all.Rules, request);
        return new GetMobileDeviceAccessEffectResponse
        {
            Effect = verdict.Effect,
            MatchedRules =
            {
                verdict.Decisive.Select(rule => new MobileDeviceAccessMatchedRule
                {
                    MobileDeviceAccessRuleId = rule.MobileDeviceAccessRuleId,
                    Name = rule.Name,
                }),
            },
        };
    }

    public override Task<PutMobileDeviceAccessOverrideResponse> PutMobileDeviceAccessOverride(
        PutMobileDeviceAccessOverrideRequest request, ServerCallContext context) => overrides.PutAsync(request, context.CancellationToken);

    public override Task<GetMobileDeviceAccessOverrideResponse> GetMobileDeviceAccessOverride(
        GetMobileDeviceAccessOverrideRequest request, ServerCallContext context) => overrides.GetAsync(request, context.CancellationToken);

    public override Task<ListMobileDeviceAccessOverridesResponse> ListMobileDeviceAccessOverrides(
        ListMobileDeviceAccessOverridesRequest request, ServerCallContext context) => overrides.ListAsync(request, context.CancellationToken);

    public override Task<DeleteMobileDeviceAccessOverrideResponse> DeleteMobileDeviceAccessOverride(
        DeleteMobileDeviceAccessOverrideRequest request, ServerCallContext context) => overrides.DeleteAsync(request, context.CancellationToken);

    private static async ValueTask<string> CreateAsync(OrganizationUnit unit, CreateMobileDeviceAccessRuleRequest request, DateTimeOffset now)
    {
        var all = await DeviceRules.Setting.ReadForChangeAsync(unit);
        if (all.Rules.Count >= RulesMax)
            throw AdminError.Limit($"An organization has at most {RulesMax} mobile device access rules; delete one first");
        var rule = ToRule(request);
        rule.MobileDeviceAccessRuleId = Guid.CreateVersion7(now).ToString();
        rule.DateCreated = rule.DateModified = Timestamp.FromDateTimeOffset(now);
        all.Rules.Add(rule);
        await DeviceRules.Setting.WriteAsync(unit, all);
        return rule.MobileDeviceAccessRuleId;
    }

    /// <summary>Requests name the members of a rule as the rule does.</summary>
    private static MobileDeviceAccessRule ToRule(IMessage request) =>
        ByName.Parse<MobileDeviceAccessRule>(JsonFormatter.Default.Format(request));
}
