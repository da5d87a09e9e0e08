using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Mailstead.Host.Administration;
using Mailstead.Host.Administration.Configuration;
using Mailstead.Host.Backups;

namespace Mailstead.Host.CommandLine;

/// <summary>The command line: its options and its help.</summary>
internal static class Arguments
{
    private const string Examples =
        """

        Examples:
          mailstead --demo                                   try it: everything in ./data, ports from 10025 up
          mailstead --data /var/lib/mailstead --port-base 0 --listen 0.0.0.0 --hostname mail.example.com
          mailstead --dns 127.0.0.1:5353                     look names up at this resolver
          MAILSTEAD_PORT_BASE=20000 mailstead                every option is also an environment variable
          mailstead backup take /srv/backups                 copy everything but the root key, while the server runs
          mailstead admin list-users --organization demo     administer it; every operation of the API is a command
          mailstead apply -f organization.yaml               bring organizations to what a file describes
          mailstead --settings /etc/mailstead.json           … or a member of a settings file: {"PortBase": 0}

        """;

    /// <summary>
    /// The exit code: of <paramref name="run"/>, or of <paramref name="bus"/> when the command is <c>bus</c>, or 1 when the
    /// arguments are wrong or help was asked for; <paramref name="backup"/>, <paramref name="admin"/> and <paramref name="configuration"/> are for the commands of those names.
    /// </summary>
    public static Task<int> InvokeAsync(
        string[] arguments, Func<IReadOnlyDictionary<string, string?>, string?, Task<int>> run, Func<BusCommand, string?, Task<int>> bus,
        Func<BackupCommand, string?, Task<int>> backup, Func<Func<AdminCall>, Task<int>> admin,
        Func<ConfigurationCall, Task<int>> configuration)
    {
        var root = new RootCommand("Mailstead: mail and calendars for organizations, encrypted under their own keys.");
        var options = KnownSettings.All.Where(setting => !setting.IsFlag).ToDictionary(setting => setting, Create);
        var flags = KnownSettings.All.Where(setting => setting.IsFlag)
            .ToDictionary(setting => setting, setting => new Option<bool>(setting.Option) { Description = setting.Help });
        var file = new Option<string?>("--settings")
        {
            Description = "Settings file (JSON). [default: $MAILSTEAD_SETTINGS]",
            HelpName = "FILE",
            Recursive = true,
        };
        foreach (var option in options.Values)
            root.Options.Add(option);
        foreach (var flag in flags.Values)
            root.Options.Add(flag);
        root.Options.Add(file);
        root.Subcommands.Add(CreateBus(file, bus));
        root.Subcommands.Add(new BackupArguments().Create(file, backup));
        root.Subcommands.Add(new AdminArguments().Create(admin));
        foreach (var command in new ConfigurationArguments().Create(configuration))
            root.Subcommands.Add(command);
        ShowExamples(root);
        root.SetAction((result, _) =>
        {
            var given = options.ToDictionary(pair => pair.Key.Key, pair => result.GetValue(pair.Value));
            // A flag has a result even when nobody gave it; then the environment and the file may speak.
            foreach (var (setting, flag) in flags)
                given[setting.Key] = result.GetResult(flag) is { Implicit: false } ? result.GetValue(flag).ToString() : null;
            return run(given, result.GetValue(file));
        });
        // Signals are the host's: it drains and the exit code is ours. The library would end the process after 2 s with its own.
        return root.Parse(arguments).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
    }

    private static Command CreateBus(Option<string?> file, Func<BusCommand, string?, Task<int>> run)
    {
        var command = new Command("bus", "Looks after the broker of Bus:RabbitMq.");
        Add("dead-letters", "Counts the events that every attempt to react to has failed for.", BusCommand.CountDeadLetters);
        Add("replay", "Puts these events back into their queues, once each.", BusCommand.ReplayDeadLetters);
        return command;

        void Add(string name, string help, BusCommand chosen)
        {
            var subcommand = new Command(name, help);
            subcommand.SetAction((result, _) => run(chosen, result.GetValue(file)));
            command.Subcommands.Add(subcommand);
        }
    }

    private static Option<string?> Create(Setting setting) => new(setting.Option)
    {
        Description = $"{setting.Help} [default: {setting.Default}]",
        HelpName = setting.Value,
    };

    private static void ShowExamples(RootCommand root)
    {
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExamples((HelpAction)help.Action!);
    }

    private sealed class HelpWithExamples(HelpAction standard) : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            var code = standard.Invoke(parseResult);
            parseResult.InvocationConfiguration.Output.WriteLine(Examples);
            return code;
        }
    }
}
