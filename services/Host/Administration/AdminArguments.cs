using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Google.Protobuf.Reflection;
using Mailstead.Contracts;
using Mailstead.Contracts.Admin.V1;
using Mailstead.Host.CommandLine;

namespace Mailstead.Host.Administration;

/// <summary>
/// The command line of <c>mailstead admin …</c>: a command for every operation of the admin API and an option for every member of its
/// request, read from the contracts, so that what is added there is here too.
/// </summary>
internal sealed class AdminArguments
{
    private const string PublicService = "WorkMailService";

    private readonly PlaceArguments place = new();
    private readonly Option<string> output = new("--output") { Description = "table or json.", HelpName = "FORMAT", Recursive = true, DefaultValueFactory = _ => "table" };
    private readonly Option<string?> json = new("--json")
    {
        Description = "The request, or the part of it that no other option gives, as JSON with members in PascalCase.",
        HelpName = "JSON",
        Recursive = true,
    };

    private readonly Option<string?> organization = new("--organization") { Description = "The organization's alias, in place of --organization-id.", HelpName = "ALIAS" };

    public AdminArguments() => output.AcceptOnlyFromAmong("table", "json");

    /// <param name="run">Returns the exit code. What it is given throws when a value is not what its member wants.</param>
    public Command Create(Func<Func<AdminCall>, Task<int>> run)
    {
        var command = new Command("admin", "Administers a running installation: every operation of the admin API is a command.");
        var iam = new Command("iam", "Who may administer: users, groups, roles, access keys and policies.");
        var kms = new Command("kms", "Customer master keys, their policies and grants.");
        place.AddTo(command);
        command.Options.Add(output);
        command.Options.Add(json);
        foreach (var operation in ServiceCatalogue.Administration.SelectMany(service => service.Methods).OrderBy(method => method.Name, StringComparer.Ordinal))
            (operation.Service.Name switch { "Iam" => iam, "Kms" => kms, _ => command }).Subcommands.Add(CreateOperation(operation, run));
        command.Subcommands.Add(iam);
        command.Subcommands.Add(kms);
        command.Subcommands.Add(CreateCompletion());
        return command;
    }

    private Command CreateOperation(MethodDescriptor operation, Func<Func<AdminCall>, Task<int>> run)
    {
        var service = operation.Service.GetOptions()?.GetExtension(RulesExtensions.ServiceName) is { Length: > 0 } name ? name : PublicService;
        var signing = service switch
        {
            "iam" or "workmailmessageflow" => service,
            "TrentService" => "kms",
            _ => service.Contains("cloudtrail", StringComparison.Ordinal) ? "cloudtrail" : "workmail",
        };
        var command = new Command(Kebab(operation.Name), DescriptionOf(operation));
        var fields = operation.InputType.Fields.InDeclarationOrder();
        var options = fields.ToDictionary(field => field, field => new Option<string[]>("--" + field.Name.Replace('_', '-'))
        {
            Description = DescriptionOf(field),
            HelpName = field.FieldType.ToString().ToUpperInvariant(),
            AllowMultipleArgumentsPerToken = IsList(field),
            Arity = IsList(field) ? ArgumentArity.ZeroOrMore : ArgumentArity.ExactlyOne,
            CustomParser = given => [.. given.Tokens.Select(token => token.Value)],
        });
        foreach (var option in options.Values)
            command.Options.Add(option);
        if (fields.Any(field => field.Name == "organization_id"))
            command.Options.Add(organization);
        command.SetAction((result, _) => run(() => new AdminCall(
            operation, signing, $"{service}.{operation.Name}", InputOf(result, options), result.GetValue(organization),
            result.GetValue(output) == "table", place.Of(result))));
        return command;
    }

    /// <exception cref="SettingException">A value is not what its member wants.</exception>
    private JsonObject InputOf(ParseResult result, Dictionary<FieldDescriptor, Option<string[]>> options)
    {
        var input = result.GetValue(json) is { } whole ? ParseJson("--json", whole) as JsonObject ?? throw new SettingException("--json wants an object") : [];
        foreach (var (field, option) in options)
        {
            if (result.GetResult(option) is null or { Implicit: true })
                continue;
            var values = result.GetValue(option) ?? [];
            input[NameOf(field)] = IsList(field)
                ? new JsonArray([.. values.SelectMany(value => ItemsOf(field, option.Name, value))])
                : ValueOf(field, option.Name, values[0]);
        }

        return input;
    }

    /// <summary>Of a list of messages one or several in JSON; of any other, one.</summary>
    private static IEnumerable<JsonNode?> ItemsOf(FieldDescriptor field, string option, string text)
    {
        var value = ValueOf(field, option, text);
        return value is JsonArray list ? [.. list.Select(item => item?.DeepClone())] : [value];
    }

    private static JsonNode? ValueOf(FieldDescriptor field, string option, string text) => field.FieldType switch
    {
        FieldType.Message when field.MessageType.FullName == "google.protobuf.Timestamp" =>
            DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
                ? time.ToUnixTimeMilliseconds() / 1000.0
                : throw new SettingException($"{option} is '{text}'; it wants a time such as 2027-03-31T12:00Z"),
        FieldType.Message => ParseJson(option, text),
        FieldType.Bool => bool.TryParse(text, out var flag) ? flag : throw new SettingException($"{option} is '{text}'; it wants true or false"),
        FieldType.Int32 or FieldType.Int64 => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new SettingException($"{option} is '{text}'; it wants a number"),
        _ => text,
    };

    private static JsonNode? ParseJson(string option, string text)
    {
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException wrong)
        {
            throw new SettingException($"{option} wants JSON: {wrong.Message}");
        }
    }

    private static Command CreateCompletion()
    {
        var shell = new Argument<string>("shell") { Description = "bash or zsh." };
        shell.AcceptOnlyFromAmong("bash", "zsh");
        var command = new Command("completion", "Prints what makes a shell complete commands and options: eval \"$(mailstead admin completion bash)\"") { shell };
        command.SetAction(result => result.InvocationConfiguration.Output.WriteLine(result.GetValue(shell) == "bash" ? ShellCompletion.Bash : ShellCompletion.Zsh));
        return command;
    }

    private static string DescriptionOf(MethodDescriptor operation) =>
        operation.GetOptions()?.IdempotencyLevel == MethodOptions.Types.IdempotencyLevel.NoSideEffects ? "Changes nothing." : "Changes something.";

    private static string DescriptionOf(FieldDescriptor field)
    {
        var isRequired = field.GetOptions()?.GetExtension(RulesExtensions.Rules) is { Required: true };
        var kind = field.FieldType switch
        {
            FieldType.Message when field.IsMap => "JSON: {\"name\": \"value\", …}",
            FieldType.Enum => string.Join(", ", field.EnumType.Values.Where(value => value.Number != 0).Select(value => value.Name)),
            FieldType.Message when field.MessageType.FullName != "google.protobuf.Timestamp" =>
                "JSON: {" + string.Join(", ", field.MessageType.Fields.InDeclarationOrder().Select(NameOf)) + "}",
            _ => "",
        };
        return string.Join(' ', new[] { isRequired ? "Required." : "", IsList(field) ? "Several." : "", kind }.Where(word => word.Length > 0));
    }

    private static bool IsList(FieldDescriptor field) => field is { IsRepeated: true, IsMap: false };

    private static string NameOf(FieldDescriptor field) => char.ToUpperInvariant(field.JsonName[0]) + field.JsonName[1..];

    /// <summary>list-users for ListUsers.</summary>
    private static string Kebab(string name)
    {
        var kebab = new StringBuilder();
        foreach (var character in name)
        {
            if (char.IsUpper(character) && kebab.Length > 0)
                kebab.Append('-');
            kebab.Append(char.ToLowerInvariant(character));
        }

        return kebab.ToString();
    }
}
