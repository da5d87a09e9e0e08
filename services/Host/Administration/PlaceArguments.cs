using System.CommandLine;
using System.CommandLine.Parsing;
using Mailstead.Host.CommandLine;

namespace Mailstead.Host.Administration;

/// <summary>The options that say where the installation is and who asks.</summary>
internal sealed class PlaceArguments
{
    private readonly Option<string?> endpoint = new("--endpoint")
    {
        Description = "Address of the installation. [default: $MAILSTEAD_ENDPOINT, or as the file of credentials says]",
        HelpName = "URL",
        Recursive = true,
    };

    private readonly Option<string?> credentials = new("--credentials")
    {
        Description = "File with accessKeyId, secretAccessKey, region and endpoint. "
            + "[default: $AWS_ACCESS_KEY_ID and $AWS_SECRET_ACCESS_KEY, or admin-credentials.json of the data directory]",
        HelpName = "FILE",
        Recursive = true,
    };

    private readonly Option<string?> data = new("--data")
    {
        Description = $"{KnownSettings.Data.Help} [default: {KnownSettings.Data.Default}]",
        HelpName = "DIR",
        Recursive = true,
    };

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { endpoint, credentials, data })
            command.Options.Add(option);
    }

    public AdminPlace Of(ParseResult result) =>
        new(result.GetValue(endpoint), result.GetValue(credentials), result.GetValue(data) ?? KnownSettings.Data.Default);
}
