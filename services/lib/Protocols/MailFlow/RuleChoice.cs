using Mailstead.Contracts.Admin.V1;
using Mailstead.Protocols.Addresses;
using Action = Mailstead.Contracts.Admin.V1.MailFlowAction.Types.Value;
using Direction = Mailstead.Contracts.Admin.V1.MailDirection.Types.Value;

namespace Mailstead.Protocols.MailFlow;

/// <summary>The rule that decides about mail, and the patterns of it that matched.</summary>
public sealed record RuleChoice(MailFlowRule Rule, MailPattern Sender, MailPattern Recipient)
{
    /// <summary>The most restrictive first: what decides between rules that are equally specific.</summary>
    private static readonly Dictionary<Direction, Action[]> Restrictiveness = new()
    {
        [Direction.Inbound] = [Action.Drop, Action.Bounce, Action.MoveToJunk, Action.Default, Action.BypassSpamCheck, Action.RunFunction],
        [Direction.Outbound] = [Action.Drop, Action.Bounce, Action.Default, Action.RouteToSmtpGateway, Action.RunFunction],
    };

    public static bool IsOf(Direction direction, Action action) => Restrictiveness[direction].Contains(action);

    /// <summary>
    /// The rule whose sender pattern is the most specific, then whose recipient pattern is, then whose action is the most restrictive. Null:
    /// none is about this mail.
    /// </summary>
    public static RuleChoice? Of(IEnumerable<MailFlowRule> rules, Direction direction, MailAddress sender, MailAddress recipient) => rules
        .Where(rule => rule.Direction == direction)
        .Select(rule => TryMatch(rule, sender, recipient)).OfType<RuleChoice>()
        .OrderByDescending(choice => choice.Sender.Rank).ThenByDescending(choice => choice.Recipient.Rank)
        .ThenBy(choice => Array.IndexOf(Restrictiveness[direction], choice.Rule.Action)).ThenBy(choice => choice.Rule.Name, StringComparer.Ordinal)
        .FirstOrDefault();

    private static RuleChoice? TryMatch(MailFlowRule rule, MailAddress sender, MailAddress recipient) =>
        MostSpecific(rule.SenderPatterns, sender) is { } from && MostSpecific(rule.RecipientPatterns, recipient) is { } to ? new RuleChoice(rule, from, to) : null;

    private static MailPattern? MostSpecific(IEnumerable<string> patterns, MailAddress address) => patterns
        .Select(MailPattern.TryParse).OfType<MailPattern>().Where(pattern => pattern.Matches(address)).MaxBy(pattern => pattern.Rank);
}
