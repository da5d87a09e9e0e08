using System.Text;
using System.Text.Json;
using FsCheck.Fluent;
using Mailstead.Contracts.Admin.V1;
using Mailstead.Contracts.Delivery.V1;
using Mailstead.Delivery.Functions;
using Action = Mailstead.Contracts.Admin.V1.MailFlowAction.Types.Value;
using FlowDirection = Mailstead.Contracts.Admin.V1.MailDirection.Types.Value;

namespace Mailstead.Unit.Delivery.Functions;

/// <summary>What functions are told, and what becomes of their answers.</summary>
public sealed class FunctionAnswerTests
{
    private const string Rule = "rule";

    [Theory]
    [InlineData("""{"actions":[{"action":{"type":"DEFAULT"},"allRecipients":true}]}""", "a: , b: , c: ")]
    [InlineData("""{"actions":[{"allRecipients":true,"action":{"type":"MOVE_TO_JUNK","parameters":{}}}]}""", "a: junk, b: junk, c: junk")]
    // The addresses are compared without regard to case; the rest is the fallback's.
    [InlineData("""{"actions":[{"action":{"type":"DROP"},"recipients":["A@x.test"]},{"action":{"type":"MOVE_TO_JUNK"},"recipients":["b@X.test"],"allRecipients":false}]}""",
        "a: dropped, b: junk, c: sent back")]
    [InlineData(
        """{"actions":[{"action":{"type":"DEFAULT"},"allRecipients":true},{"action":{"type":"BOUNCE","parameters":{"bounceMessage":"No"}},"recipients":["c@x.test"]}]}""",
        "a: , b: , c: No")]
    [InlineData("""{"actions":[]}""", "a: sent back, b: sent back, c: sent back")]
    [InlineData("""{"actions":[{"action":{"type":"DEFAULT"},"recipients":["new@x.test"],"allRecipients":true}]}""", "a: , b: , c: , new: added")]
    [InlineData("""{"actions":[{"action":{"type":"DROP"},"recipients":["new@x.test"],"allRecipients":true}]}""", "a: dropped, b: dropped, c: dropped")]
    public void An_answer_decides_about_each_recipient(string answer, string fates)
    {
        var (call, content) = Waiting("a@x.test", "b@x.test", "c@x.test");
        FunctionAnswer.Parse(Encoding.UTF8.GetBytes(answer), FlowDirection.Inbound).Apply(call, content);
        Assert.Equal(fates, string.Join(", ", content.Envelope.Recipients.Select(Fate)));
        Assert.All(content.Envelope.Recipients, recipient => Assert.Equal("", recipient.Handling.WaitsFor));
    }

    [Theory]
    [InlineData("null")]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"actions":[{"action":{"type":"EXPLODE"}}]}""")]
    [InlineData("""{"actions":[{"action":{"type":"RUN_FUNCTION"}}]}""")]
    [InlineData("""{"actions":[{"recipients":["a@x.test"]}]}""")]
    [InlineData("""{"actions":[{"action":{"type":"DROP"},"recipients":["nobody"]}]}""")]
    [InlineData("""{"actions":[{"action":{"type":"DROP"},"allRecipients":true},{"action":{"type":"DEFAULT"},"allRecipients":true}]}""")]
    public void What_is_no_answer_is_a_failure(string answer) =>
        Assert.Throws<FunctionFailedException>(() => FunctionAnswer.Parse(Encoding.UTF8.GetBytes(answer), FlowDirection.Inbound));

    [Fact]
    public void Outbound_mail_has_fewer_actions_and_a_message_no_more_recipients_than_a_message_has()
    {
        var junk = Encoding.UTF8.GetBytes("""{"actions":[{"action":{"type":"MOVE_TO_JUNK"},"allRecipients":true}]}""");
        Assert.Throws<FunctionFailedException>(() => FunctionAnswer.Parse(junk, FlowDirection.Outbound));
        var eleven = string.Join(',', Enumerable.Range(0, 11).Select(number => $$"""{"action":{"type":"DROP"},"recipients":["a{{number}}@x.test"]}"""));
        Assert.Throws<FunctionFailedException>(() => FunctionAnswer.Parse(Encoding.UTF8.GetBytes($$"""{"actions":[{{eleven}}]}"""), FlowDirection.Inbound));

        var (call, content) = Waiting("a@x.test");
        var many = string.Join(',', Enumerable.Range(0, 500).Select(number => $"\"n{number}@x.test\""));
        var answer = FunctionAnswer.Parse(Encoding.UTF8.GetBytes($$"""{"actions":[{"action":{"type":"DEFAULT"},"recipients":[{{many}}]}]}"""), FlowDirection.Inbound);
        Assert.Throws<FunctionFailedException>(() => answer.Apply(call, content));
        Assert.Equal(Rule, Assert.Single(content.Envelope.Recipients).Handling.WaitsFor);
    }

    [Fact]
    public void Whatever_comes_is_an_answer_or_a_failure() => Generated.Check(
        Generated.Octets(
            "{", "}", "[", "]", "\"actions\"", ":", ",", "\"action\"", "\"type\"", "\"DROP\"", "\"recipients\"", "\"a@x.test\"", "\"allRecipients\"", "true", "null", "1"),
        octets =>
        {
            try
            {
                var (call, content) = Waiting("a@x.test");
                FunctionAnswer.Parse(octets, FlowDirection.Inbound).Apply(call, content);
            }
            catch (FunctionFailedException)
            {
                // As it should be.
            }
        });

    [Fact]
    public void An_event_has_at_most_128_KB_and_its_subject_256_letters()
    {
        var (call, content) = Waiting([.. Enumerable.Range(0, 500).Select(number => $"{new string('l', 300)}{number}@x.test")]);
        var written = FunctionEvent.Write(call, content, new string('s', 300));
        Assert.True(written.Length is > 120 * 1024 and <= 128 * 1024, $"{written.Length} octets");
        using var document = JsonDocument.Parse(written);
        Assert.True(document.RootElement.GetProperty("truncated").GetBoolean());
        Assert.Equal(256, document.RootElement.GetProperty("subject").GetString()!.Length);
    }

    [Fact]
    public void Who_sends_on_behalf_of_another_is_told()
    {
        var (call, content) = Waiting("a@x.test");
        call.Direction = FlowDirection.Outbound;
        (content.FromAddress, content.SenderAddress, content.Envelope.ReturnPath) = ("boss@x.test", "me@x.test", "me@x.test");
        using var document = JsonDocument.Parse(FunctionEvent.Write(call, content, ""));
        Assert.Equal("boss@x.test", document.RootElement.GetProperty("envelope").GetProperty("mailFrom").GetProperty("address").GetString());
        Assert.Equal("me@x.test", document.RootElement.GetProperty("sender").GetProperty("address").GetString());
    }

    private static string Fate(EnvelopeRecipient recipient)
    {
        var handling = recipient.Handling;
        var fate = handling.IsDropped ? "dropped" : handling.BounceReason == "No" ? "No" : handling.BounceReason.Length > 0 ? "sent back"
            : handling.IsJunk ? "junk" : handling.IsAdded ? "added" : "";
        return $"{recipient.Address.Split('@')[0]}: {fate}";
    }

    private static (FunctionCall Call, SpooledEnvelope Content) Waiting(params string[] addresses)
    {
        var call = new FunctionCall
        {
            RuleName = Rule,
            Direction = FlowDirection.Inbound,
            Function = new MailFlowFunction { Synchronous = true, FallbackAction = Action.Bounce },
            Recipients = { addresses },
        };
        var content = new SpooledEnvelope { Envelope = new Envelope { ReturnPath = "s@y.test" } };
        content.Envelope.Recipients.AddRange(addresses.Select(address => new EnvelopeRecipient { Address = address, Handling = new Handling { WaitsFor = Rule } }));
        return (call, content);
    }
}
