using Mailstead.Contracts.Admin.V1;
using Mailstead.Protocols.Addresses;
using Mailstead.Protocols.MailFlow;
using Action = Mailstead.Contracts.Admin.V1.MailFlowAction.Types.Value;
using Direction = Mailstead.Contracts.Admin.V1.MailDirection.Types.Value;

namespace Mailstead.Unit.Protocols.MailFlow;

/// <summary>Which rule decides: the most specific sender, then the most specific recipient, then the most restrictive action.</summary>
public sealed class RuleChoiceTests
{
    [Theory]
    [InlineData("user@Example.COM", "user@example.com")]
    [InlineData("Example.com", "example.com")]
    [InlineData("*.example.com", "*.example.com")]
    [InlineData("*", "*")]
    [InlineData("bücher.example", "xn--bcher-kva.example")]
    [InlineData("user+tag@example.com", null)]
    [InlineData("*@example.com", null)]
    [InlineData("mail.*.com", null)]
    [InlineData("*example.com", null)]
    [InlineData("example", null)]
    [InlineData("", null)]
    [InlineData("*.", null)]
    [InlineData("a b.example", null)]
    public void Patterns_are_read(string text, string? normal) => Assert.Equal(normal, MailPattern.TryParse(text)?.Text);

    [Theory]
    [InlineData("*", "a@b.example", true)]
    [InlineData("b.example", "a@b.example", true)]
    [InlineData("b.example", "a@c.b.example", false)]
    [InlineData("*.b.example", "a@c.b.example", true)]
    [InlineData("*.b.example", "a@b.example", true)]
    [InlineData("*.b.example", "a@xb.example", false)]
    [InlineData("a@b.example", "A@B.example", true)]
    [InlineData("a@b.example", "a+more@b.example", true)]
    [InlineData("a@b.example", "ab@b.example", false)]
    public void Patterns_match(string pattern, string address, bool matches) => Assert.Equal(matches, MailPattern.TryParse(pattern)!.Matches(Address(address)));

    [Theory]
    [InlineData("a@b.a.example", "address")]
    [InlineData("other@b.a.example", "domain")]
    [InlineData("a@c.b.a.example", "long wildcard")]
    [InlineData("a@c.a.example", "short wildcard")]
    [InlineData("a@elsewhere.test", "all")]
    public void The_most_specific_sender_decides(string sender, string rule)
    {
        MailFlowRule[] rules =
        [
            Rule("all", "*", "*"), Rule("short wildcard", "*.a.example", "*"), Rule("long wildcard", "*.b.a.example", "*"), Rule("domain", "b.a.example", "*"),
            Rule("address", "a@b.a.example", "*"),
        ];
        // In whatever order they are.
        foreach (var order in new[] { rules, [.. rules.Reverse()] })
            Assert.Equal(rule, Choose(order, sender, "r@r.example")!.Rule.Name);
    }

    [Fact]
    public void The_sender_counts_before_the_recipient() => Assert.Equal("sender", Choose(
        [Rule("recipient", "*", "r@r.example"), Rule("sender", "*.b.example", "*")], "a@b.example", "r@r.example")!.Rule.Name);

    [Fact]
    public void Of_many_patterns_of_a_rule_the_most_specific_that_matches_counts()
    {
        var choice = Choose([Rule("many", "*", "*", Action.Default, "b.example", "x@b.example"), Rule("wildcard", "*.b.example", "*")], "a@b.example", "r@r.example")!;
        Assert.Equal(("many", "b.example"), (choice.Rule.Name, choice.Sender.Text));
    }

    [Theory]
    [InlineData(Action.Drop, Action.Bounce)]
    [InlineData(Action.Bounce, Action.MoveToJunk)]
    [InlineData(Action.MoveToJunk, Action.Default)]
    [InlineData(Action.Default, Action.BypassSpamCheck)]
    [InlineData(Action.BypassSpamCheck, Action.RunFunction)]
    public void Between_equals_the_more_restrictive_action_decides(MailFlowAction.Types.Value stricter, MailFlowAction.Types.Value laxer) => Assert.Equal(
        stricter, Choose([Rule("a", "*", "*", laxer), Rule("b", "*", "*", stricter)], "a@b.example", "r@r.example")!.Rule.Action);

    [Fact]
    public void Rules_of_the_other_direction_are_not_asked() =>
        Assert.Null(RuleChoice.Of([Rule("in", "*", "*")], Direction.Outbound, Address("a@b.example"), Address("r@r.example")));

    private static RuleChoice? Choose(IEnumerable<MailFlowRule> rules, string sender, string recipient) =>
        RuleChoice.Of(rules, Direction.Inbound, Address(sender), Address(recipient));

    private static MailFlowRule Rule(string name, string sender, string recipient, Action action = Action.Default, params string[] moreSenders) =>
        new() { Name = name, Direction = Direction.Inbound, Action = action, SenderPatterns = { sender, moreSenders }, RecipientPatterns = { recipient } };

    private static MailAddress Address(string text) => MailAddress.TryParse(text, out var address) ? address : throw new FormatException(text);
}
