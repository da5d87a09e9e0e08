using System.Security.Cryptography;
using Google.Protobuf;
using Google.Protobuf.Collections;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Mailstead.Contracts.Admin.V1;
using Mailstead.Contracts.Directories.V1;
using Mailstead.Directories.Addresses;
using Mailstead.Directories.Organizations;
using Mailstead.Directories.Settings;
using Mailstead.Protocols.Addresses;
using Mailstead.Protocols.MailFlow;
using Action = Mailstead.Contracts.Admin.V1.MailFlowAction.Types.Value;

namespace Mailstead.Directories.MailFlow;

/// <summary>The MailFlow contract.</summary>
internal sealed class MailFlowGrpc(OrganizationWork work, TimeProvider clock) : Contracts.Admin.V1.MailFlow.MailFlowBase
{
    private const int RulesMax = 500;
    private const int SenderPatternsMax = 1000;
    private const int GatewaysMax = 100;
    private const int SecretOctets = 32;

    internal static readonly Setting<ListMailFlowRulesResponse> Rules =
        new(SettingKind.MailFlowRules, ListMailFlowRulesResponse.Parser, _ => new ListMailFlowRulesResponse());

    internal static readonly Setting<StoredSmtpGateways> Gateways =
        new(SettingKind.SmtpGateways, StoredSmtpGateways.Parser, _ => new StoredSmtpGateways());

    internal static readonly Setting<StoredFunctionSecret> FunctionSecret =
        new(SettingKind.FunctionSecret, StoredFunctionSecret.Parser, _ => new StoredFunctionSecret());

    internal static readonly Setting<DescribeJournalingResponse> Journaling =
        new(SettingKind.Journaling, DescribeJournalingResponse.Parser, _ => new DescribeJournalingResponse { Enabled = false });

    public override async Task<PutMailFlowRuleResponse> PutMailFlowRule(PutMailFlowRuleRequest request, ServerCallContext context)
    {
        var rule = new MailFlowRule
        {
            Name = request.Name,
            Direction = request.Direction,
            Action = request.Action,
            SenderPatterns = { Normalize(request.SenderPatterns, "SenderPatterns") },
            RecipientPatterns = { Normalize(request.RecipientPatterns, "RecipientPatterns") },
            Function = request.Function,
            DateModified = Timestamp.FromDateTimeOffset(clock.GetUtcNow()),
        };
        if (request.HasGatewayName)
            rule.GatewayName = request.GatewayName;
        Check(rule);
        await work.WriteAsync(
            request.OrganizationId,
            async unit =>
            {
                var all = await Rules.ReadForChangeAsync(unit);
                if (rule.HasGatewayName && (await Gateways.ReadAsync(unit)).Gateways.All(gateway => gateway.Gateway.Name != rule.GatewayName))
                    throw AdminError.InvalidParameter($"GatewayName: there is no gateway {rule.GatewayName}; put it first");
                Replace(all.Rules, rule, other => other.Name == rule.Name && other.Direction == rule.Direction, RulesMax, "mail-flow rules");
                if (rule.Function is { } function && !function.Target.StartsWith("arn:", StringComparison.Ordinal))
                    await RequireSecretAsync(unit, isNew: false);
                var senders = all.Rules.Sum(other => other.SenderPatterns.Count);
                return senders <= SenderPatternsMax
                    ? await Rules.WriteAsync(unit, all)
                    : throw AdminError.Limit($"The rules of an organization have at most {SenderPatternsMax} sender patterns; with this one they would have {senders}");
            },
            context.CancellationToken);
        return new PutMailFlowRuleResponse();
    }

    public override async Task<DeleteMailFlowRuleResponse> DeleteMailFlowRule(DeleteMailFlowRuleRequest request, ServerCallContext context)
    {
        await work.WriteAsync(
            request.OrganizationId,
            async unit =>
            {
                var all = await Rules.ReadForChangeAsync(unit);
                if (all.Rules.FirstOrDefault(rule => rule.Name == request.Name && rule.Direction == request.Direction) is { } found)
                    all.Rules.Remove(found);
                return await Rules.WriteAsync(unit, all);
            },
            context.CancellationToken);
        return new DeleteMailFlowRuleResponse();
    }

    public override Task<ListMailFlowRulesResponse> ListMailFlowRules(ListMailFlowRulesRequest request, ServerCallContext context) =>
        work.ReadAsync(request.OrganizationId, Rules.ReadAsync, context.CancellationToken);

    public override async Task<TestMailFlowRulesResponse> TestMailFlowRules(TestMailFlowRulesRequest request, ServerCallContext context)
    {
        var (sender, recipient) = (RequireAddress(request.Sender, "Sender"), RequireAddress(request.Recipient, "Recipient"));
        var rules = await work.ReadAsync(request.OrganizationId, Rules.ReadAsync, context.CancellationToken);
        if (RuleChoice.Of(rules.Rules, request.Direction, sender, recipient) is not { } choice)
            return new TestMailFlowRulesResponse { Action = Action.Default };
        var response = new TestMailFlowRulesResponse
        {
            Action = choice.Rule.Action,
            RuleName = choice.Rule.Name,
            SenderPattern = choice.Sender.Text,
            RecipientPattern = choice.Recipient.Text,
        };
        if (choice.Rule.HasGatewayName)
            response.GatewayName = choice.Rule.GatewayName;
        return response;
    }

    public override async Task<DescribeFunctionSecretResponse> DescribeFunctionSecret(DescribeFunctionSecretRequest request, ServerCallContext context) => new()
    {
        Secret = await SecretAsync(request.OrganizationId, isNew: false, context),
    };

    public override async Task<ResetFunctionSecretResponse> ResetFunctionSecret(ResetFunctionSecretRequest request, ServerCallContext context) => new()
    {
        Secret = await SecretAsync(request.OrganizationId, isNew: true, context),
    };

    public override async Task<PutSmtpGatewayResponse> PutSmtpGateway(PutSmtpGatewayRequest request, ServerCallContext context)
    {
        await work.WriteAsync(
            request.OrganizationId,
            async unit =>
            {
                var all = await Gateways.ReadForChangeAsync(unit);
                var before = all.Gateways.FirstOrDefault(gateway => gateway.Gateway.Name == request.Name);
                var password = request.HasPassword ? request.Password : before?.Password
                    ?? throw AdminError.InvalidParameter("Password: a new gateway needs one, for mail is handed over to nobody without signing in");
                var made = new StoredSmtpGateway
                {
                    Gateway = new SmtpGateway
                    {
                        Name = request.Name,
                        Host = request.Host,
                        Port = request.Port,
                        UserName = request.UserName,
                        DateModified = Timestamp.FromDateTimeOffset(clock.GetUtcNow()),
                    },
                    Password = password,
                };
                Replace(all.Gateways, made, other => other == before, GatewaysMax, "SMTP gateways");
                return await Gateways.WriteAsync(unit, all);
            },
            context.CancellationToken);
        return new PutSmtpGatewayResponse();
    }

    public override async Task<DeleteSmtpGatewayResponse> DeleteSmtpGateway(DeleteSmtpGatewayRequest request, ServerCallContext context)
    {
        await work.WriteAsync(
            request.OrganizationId,
            async unit =>
            {
                var all = await Gateways.ReadForChangeAsync(unit);
                if ((await Rules.ReadAsync(unit)).Rules.FirstOrDefault(rule => rule.GatewayName == request.Name) is { } user)
                    throw AdminError.EntityState($"The rule {user.Name} routes to the gateway {request.Name}: change or delete it first");
                if (all.Gateways.FirstOrDefault(gateway => gateway.Gateway.Name == request.Name) is { } found)
                    all.Gateways.Remove(found);
                return await Gateways.WriteAsync(unit, all);
            },
            context.CancellationToken);
        return new DeleteSmtpGatewayResponse();
    }

    public override async Task<ListSmtpGatewaysResponse> ListSmtpGateways(ListSmtpGatewaysRequest request, ServerCallContext context)
    {
        var all = await work.ReadAsync(request.OrganizationId, Gateways.ReadAsync, context.CancellationToken);
        return new ListSmtpGatewaysResponse { Gateways = { all.Gateways.Select(gateway => gateway.Gateway) } };
    }

    public override async Task<PutJournalingResponse> PutJournaling(PutJournalingRequest request, ServerCallContext context)
    {
        var configuration = new DescribeJournalingResponse
        {
            Enabled = true,
            JournalAddress = RequireAddress(request.JournalAddress, "JournalAddress").ToString(),
            ReportAddress = RequireAddress(request.ReportAddress, "ReportAddress").ToString(),
        };
        if (configuration.JournalAddress == configuration.ReportAddress)
            throw AdminError.InvalidParameter("ReportAddress: what can't be journaled is reported there, so that it must be another than JournalAddress");
        await work.WriteAsync(request.OrganizationId, unit => Journaling.WriteAsync(unit, configuration), context.CancellationToken);
        return new PutJournalingResponse();
    }

    public override async Task<DeleteJournalingResponse> DeleteJournaling(DeleteJournalingRequest request, ServerCallContext context)
    {
        await work.WriteAsync(request.OrganizationId, Journaling.ResetAsync, context.CancellationToken);
        return new DeleteJournalingResponse();
    }

    public override Task<DescribeJournalingResponse> DescribeJournaling(DescribeJournalingRequest request, ServerCallContext context) =>
        work.ReadAsync(request.OrganizationId, Journaling.ReadAsync, context.CancellationToken);

    private async Task<string> SecretAsync(string organizationId, bool isNew, ServerCallContext context)
    {
        var secret = await work.WriteAsync(organizationId, unit => RequireSecretAsync(unit, isNew), context.CancellationToken);
        return secret.ToBase64();
    }

    /// <summary>Made when it is first asked for.</summary>
    private static async ValueTask<ByteString> RequireSecretAsync(OrganizationUnit unit, bool isNew)
    {
        var stored = await FunctionSecret.ReadForChangeAsync(unit);
        if (!stored.Secret.IsEmpty && !isNew)
            return stored.Secret;
        stored.Secret = UnsafeByteOperations.UnsafeWrap(RandomNumberGenerator.GetBytes(SecretOctets));
        await FunctionSecret.WriteAsync(unit, stored);
        return stored.Secret;
    }

    private static void Check(MailFlowRule rule)
    {
        if (!RuleChoice.IsOf(rule.Direction, rule.Action))
            throw AdminError.InvalidParameter($"Action: {rule.Action} is none of rules that are {rule.Direction}");
        if (rule.HasGatewayName != (rule.Action == Action.RouteToSmtpGateway))
            throw AdminError.InvalidParameter("GatewayName: a rule names one when its action is ROUTE_TO_SMTP_GATEWAY, and no other does");
        if (rule.Function is not null != (rule.Action == Action.RunFunction))
            throw AdminError.InvalidParameter("Function: a rule has one when its action is RUN_FUNCTION, and no other does");
        if (rule.Function is not { } function)
            return;
        // What the function leaves out is decided by the fallback: another function would have no end.
        if (function.HasFallbackAction && (function.FallbackAction == Action.RunFunction || !RuleChoice.IsOf(rule.Direction, function.FallbackAction)
            || function.FallbackAction == Action.RouteToSmtpGateway))
            throw AdminError.InvalidParameter($"Function.FallbackAction: {function.FallbackAction} can't be one of a rule that is {rule.Direction}");
        if (function.Synchronous && rule.RecipientPatterns is not ["*"])
            throw AdminError.InvalidParameter("RecipientPatterns: a synchronous function decides about all recipients: the pattern is *");
    }

    private static List<string> Normalize(RepeatedField<string> patterns, string member) => [.. patterns.Select(pattern => MailPattern.TryParse(pattern)?.Text
        ?? throw AdminError.InvalidParameter($"{member}: {pattern} is no pattern such as user@example.com, example.com, *.example.com or *")).Distinct()];

    private static MailAddress RequireAddress(string text, string member) =>
        MailAddress.TryParse(text, out var address) ? address : throw AdminError.InvalidParameter($"{member}: {text} is no mail address");

    /// <summary>In the place of the one that it replaces, or at the end.</summary>
    private static void Replace<T>(RepeatedField<T> all, T made, Func<T, bool> isSame, int max, string what)
    {
        for (var i = 0; i < all.Count; i++)
        {
            if (!isSame(all[i]))
                continue;
            all[i] = made;
            return;
        }

        if (all.Count >= max)
            throw AdminError.Limit($"An organization has at most {max} {what}; delete one first");
        all.Add(made);
    }
}
