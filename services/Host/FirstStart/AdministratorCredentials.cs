using Mailstead.Contracts.Directories.V1;
using Mailstead.Hosting;

namespace Mailstead.Host.FirstStart;

/// <summary>
/// The first administrator's access key: made at the first start, printed once, kept in <c>admin-credentials.json</c>. When
/// that file is gone, the next start makes a new key in its place and the old one no longer works.
/// </summary>
internal static class AdministratorCredentials
{
    private const string FileName = "admin-credentials.json";

    public static async Task EnsureAsync(
        DirectoriesApi.DirectoriesApiClient directories, InstallationOptions installation, CancellationToken cancellationToken)
    {
        var path = Path.Combine(installation.DataDirectory, FileName);
        if (File.Exists(path))
            return;
        var made = await directories.EnsureAdministratorAsync(
            new EnsureAdministratorRequest { AccountId = installation.AccountId, Replace = true },
            cancellationToken: cancellationToken).ConfigureAwait(false);
        // The operator gave the key: nobody needs to be told.
        if (made.SecretAccessKey.Length == 0)
            return;
        OwnerOnlyFile.WriteJson(path, new
        {
            accessKeyId = made.AccessKeyId,
            secretAccessKey = made.SecretAccessKey,
            region = installation.Region,
            accountId = installation.AccountId,
            endpoint = $"http://{installation.Listen}:{installation.PortOf(80)}",
        });
        await Console.Out.WriteLineAsync(
            $"""
             The administrator's access key, shown this once and kept in {path}:
               accessKeyId      {made.AccessKeyId}
               secretAccessKey  {made.SecretAccessKey}
             """).ConfigureAwait(false);
    }
}
