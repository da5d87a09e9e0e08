using System.Text.Json;
using Mailstead.Contracts.Admin.V1;
using Mailstead.Contracts.Delivery.V1;
using Mailstead.Protocols.Addresses;
using Action = Mailstead.Contracts.Admin.V1.MailFlowAction.Types.Value;
using FlowDirection = Mailstead.Contracts.Admin.V1.MailDirection.Types.Value;

namespace Mailstead.Delivery.Functions;

/// <summary>One thing that a function wants done.</summary>
/// <param name="BounceReason">Of a bounce: what its sender is told.</param>
/// <param name="IsForRest">It is for all whom no other action names, too.</param>
internal sealed record FunctionAction(Action Kind, string BounceReason, IReadOnlyList<MailAddress> Recipients, bool IsForRest);

/// <summary>What a function wants done with a message.</summary>
internal sealed class FunctionAnswer
{
    public const int OctetsMax = 256 * 1024;

    private const int ActionsMax = 10;
    private const int ReasonLengthMax = 1000;
    private const int RecipientsMax = 500;
    private const int DepthMax = 16;
    private const string Blocked = "An administrator of the organization has blocked this message";

    private static readonly Dictionary<string, Action> Inbound = new(StringComparer.Ordinal)
    {
        ["BOUNCE"] = Action.Bounce,
        ["DROP"] = Action.Drop,
        ["DEFAULT"] = Action.Default,
        ["BYPASS_SPAM_CHECK"] = Action.BypassSpamCheck,
        ["MOVE_TO_JUNK"] = Action.MoveToJunk,
    };

    private static readonly Dictionary<string, Action> Outbound = new(StringComparer.Ordinal)
    {
        ["BOUNCE"] = Action.Bounce,
        ["DROP"] = Action.Drop,
        ["DEFAULT"] = Action.Default,
    };

    private readonly List<FunctionAction> actions;

    private FunctionAnswer(List<FunctionAction> actions) => this.actions = actions;

    /// <exception cref="FunctionFailedException">It is no answer.</exception>
    public static FunctionAnswer Parse(ReadOnlyMemory<byte> octets, FlowDirection direction)
    {
        try
        {
            using var document = JsonDocument.Parse(octets, new JsonDocumentOptions { MaxDepth = DepthMax });
            var actions = document.RootElement.GetProperty("actions").EnumerateArray()
                .Select(action => Read(action, direction == FlowDirection.Outbound ? Outbound : Inbound)).ToList();
            if (actions.Count > ActionsMax)
                throw new FunctionFailedException($"The answer has {actions.Count} actions; at most {ActionsMax} are allowed");
            return actions.Count(action => action.IsForRest) <= 1
                ? new FunctionAnswer(actions)
                : throw new FunctionFailedException("More than one action of the answer is for allRecipients");
        }
        catch (Exception wrong) when (wrong is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new FunctionFailedException("The answer is no JSON with a list of actions: " + wrong.Message);
        }
    }

    /// <summary>Decides about everybody who waits for the call; who is named and was not there is added.</summary>
    /// <exception cref="FunctionFailedException">It would have too many recipients; nothing was changed.</exception>
    public void Apply(FunctionCall call, SpooledEnvelope content)
    {
        var added = Added(call);
        if (content.Envelope.Recipients.Count + added.Count > RecipientsMax)
            throw new FunctionFailedException($"With what the answer adds the message would have more than {RecipientsMax} recipients");
        var rest = actions.Find(action => action.IsForRest);
        foreach (var recipient in content.Envelope.Recipients.Where(recipient => recipient.Handling?.WaitsFor == call.RuleName))
        {
            if ((Find(recipient.Address) ?? rest) is { } action)
                Carry(recipient.Handling, action.Kind, action.BounceReason);
            else
                Carry(recipient.Handling, FallbackOf(call), Blocked);
        }

        foreach (var (address, kind) in added)
        {
            var handling = new Handling
            {
                IsJunk = content.IsJunk,
                IsAdded = true,
                Stage = call.Direction == FlowDirection.Outbound ? RuleStage.InboundRules : RuleStage.NoRules,
            };
            Carry(handling, kind, "");
            content.Envelope.Recipients.Add(new EnvelopeRecipient { Address = address.ToString(), Handling = handling });
        }
    }

    /// <summary>There is no answer: everybody who waits gets what the rule says for that.</summary>
    public static void ApplyFallback(FunctionCall call, SpooledEnvelope content)
    {
        foreach (var recipient in content.Envelope.Recipients.Where(recipient => recipient.Handling?.WaitsFor == call.RuleName))
            Carry(recipient.Handling, FallbackOf(call), Blocked);
    }

    private static Action FallbackOf(FunctionCall call) => call.Function.HasFallbackAction ? call.Function.FallbackAction : Action.Default;

    private static void Carry(Handling handling, Action kind, string bounceReason)
    {
        handling.WaitsFor = "";
        switch (kind)
        {
            case Action.Drop:
                handling.IsDropped = true;
                break;
            case Action.Bounce:
                handling.BounceReason = bounceReason;
                break;
            case Action.MoveToJunk:
                handling.IsJunk = true;
                break;
            case Action.BypassSpamCheck:
                handling.IsJunk = false;
                break;
            default:
                break;
        }
    }

    private static FunctionAction Read(JsonElement element, Dictionary<string, Action> kinds)
    {
        var action = element.GetProperty("action");
        var type = action.GetProperty("type").GetString() ?? "";
        if (!kinds.TryGetValue(type, out var kind))
            throw new FunctionFailedException($"The answer has an action of type '{type}'; possible are {string.Join(", ", kinds.Keys)}");
        var reason = action.TryGetProperty("parameters", out var parameters) && parameters.ValueKind == JsonValueKind.Object
            && parameters.TryGetProperty("bounceMessage", out var text) && text.GetString() is { Length: > 0 } said ? Plain(said) : Blocked;
        var recipients = element.TryGetProperty("recipients", out var list) && list.ValueKind == JsonValueKind.Array
            ? list.EnumerateArray().Select(Address).ToList() : [];
        return new FunctionAction(kind, reason, recipients, element.TryGetProperty("allRecipients", out var all) && all.ValueKind == JsonValueKind.True);
    }

    private static MailAddress Address(JsonElement element) => MailAddress.TryParse(element.GetString() ?? "", out var address)
        ? address
        : throw new FunctionFailedException("The answer has a recipient that is no mail address");

    /// <summary>It goes into a report as one line.</summary>
    private static string Plain(string text) => string.Concat(text.Select(letter => char.IsControl(letter) ? ' ' : letter).Take(ReasonLengthMax)).Trim();

    private FunctionAction? Find(string address) =>
        MailAddress.TryParse(address, out var parsed) ? actions.Find(action => action.Recipients.Contains(parsed)) : null;

    private Dictionary<MailAddress, Action> Added(FunctionCall call)
    {
        var known = call.Recipients.Select(text => MailAddress.TryParse(text, out var address) ? address : default(MailAddress?)).OfType<MailAddress>().ToHashSet();
        var added = new Dictionary<MailAddress, Action>();
        foreach (var action in actions.Where(action => action.Kind is not (Action.Drop or Action.Bounce)))
        {
            foreach (var address in action.Recipients.Where(address => !known.Contains(address)))
                added.TryAdd(address, action.Kind);
        }

        return added;
    }
}
