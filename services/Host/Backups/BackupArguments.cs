using System.CommandLine;
using Mailstead.Host.CommandLine;

namespace Mailstead.Host.Backups;

/// <summary>The command line of <c>mailstead backup …</c>.</summary>
internal sealed class BackupArguments
{
    private readonly Argument<string> folder = new("backups") { Description = "Folder of the backups, which share what did not change." };
    private readonly Option<string?> data = new("--data") { Description = $"{KnownSettings.Data.Help} [default: {KnownSettings.Data.Default}]", HelpName = "DIR" };
    private readonly Option<DateTimeOffset?> at = new("--at")
    {
        Description = "The newest backup of this time or before, such as 2027-03-31T12:00Z. [default: the newest]",
        HelpName = "TIME",
    };

    private readonly Option<int?> keepLast = new("--keep-last") { Description = "Keep as many of the newest.", HelpName = "N" };
    private readonly Option<int?> keepDays = new("--keep-days") { Description = "Keep those of so many days.", HelpName = "N" };
    private readonly Option<string> organization = new("--organization") { Description = "The organization's id, m-…", HelpName = "ID", Required = true };
    private readonly Option<string> user = new("--user") { Description = "The user's id (aws workmail list-users).", HelpName = "ID", Required = true };
    private readonly Option<string?> mailFolder = new("--folder")
    {
        Description = "This folder and what is inside it: Inbox, or Projects/2027. [default: all]",
        HelpName = "NAME",
    };

    private readonly Option<bool> inPlace = new("--in-place") { Description = "What is missing goes back to where it was." };
    private readonly Option<string?> into = new("--into")
    {
        Description = "The folder of the mailbox that everything comes into. [default: 'Restored' and the backup's date]",
        HelpName = "NAME",
    };

    public BackupArguments()
    {
        Positive(keepLast);
        Positive(keepDays);
        inPlace.Validators.Add(result =>
        {
            if (result.GetValue(inPlace) && result.GetResult(into) is not null)
                result.AddError("--in-place and --into exclude each other: choose one");
        });
    }

    /// <param name="run">Returns the exit code.</param>
    public Command Create(Option<string?> settings, Func<BackupCommand, string?, Task<int>> run)
    {
        var command = new Command("backup", "Takes backups of a running installation, and brings back what was lost.");
        Add("take", "Copies tables and bodies as they are now, while the server runs; with --keep-… it removes old ones afterwards.", BackupAction.Take, data, keepLast, keepDays);
        Add("list", "Lists the backups.", BackupAction.List);
        Add("verify", "Reads backups again, all or the one of --at, and compares them with what was written.", BackupAction.Verify, at);
        Add("prune", "Removes old backups; the newest always stays.", BackupAction.Prune, keepLast, keepDays);
        Add("restore", "Brings a whole installation back, into an empty data directory or database. Its root key must be there.",
            BackupAction.Restore, data, at);
        Add("restore-mailbox", "Brings back the items of a mailbox or folder while the server runs; nothing that is there is changed.",
            BackupAction.RestoreMailbox, data, at, organization, user, mailFolder, inPlace, into);
        var finish = new Command("finish", "Run it after the database itself was taken back in time, before the server starts on it.") { data };
        finish.SetAction((result, _) => run(new BackupCommand(BackupAction.Finish, result.GetValue(data), ""), result.GetValue(settings)));
        command.Subcommands.Add(finish);
        return command;

        void Add(string name, string help, BackupAction action, params Option[] options)
        {
            var subcommand = new Command(name, help) { folder };
            foreach (var option in options)
                subcommand.Options.Add(option);
            subcommand.SetAction((result, _) => run(Read(result, action, options), result.GetValue(settings)));
            command.Subcommands.Add(subcommand);
        }
    }

    private BackupCommand Read(ParseResult result, BackupAction action, Option[] options)
    {
        return new BackupCommand(action, Given(data), result.GetRequiredValue(folder))
        {
            At = Given(at),
            KeepLast = Given(keepLast),
            KeepDays = Given(keepDays),
            Organization = Given(organization) ?? "",
            User = Given(user) ?? "",
            MailFolder = Given(mailFolder) ?? "",
            InPlace = Given(inPlace),
            Into = Given(into) ?? "",
        };

        T? Given<T>(Option<T> option) => options.Contains(option) ? result.GetValue(option) : default;
    }

    private static void Positive(Option<int?> option) => option.Validators.Add(result =>
    {
        if (result.GetValue(option) is < 1)
            result.AddError($"{option.Name} must be 1 or more");
    });
}
