using System.Globalization;
using System.Text;
using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Hosting;
using Mailstead.Mailboxes.Folders;
using Mailstead.Persistence.Backups;
using Mailstead.Persistence.Databases;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Mailboxes.Backups;

/// <summary>
/// Brings a mailbox, or one folder with what is inside it, back from a backup while the installation runs. Items come back under new
/// uids like any new mail; nothing that is there is changed. Done again, it finds what it has restored and does the rest.
/// </summary>
internal sealed class RestoreMailbox(
    [FromKeyedServices("mailboxes")] Database database, MailboxKeys keys, ListFolders listFolders, CreateFolder createFolder,
    RestoreItems restoreItems, InstallationOptions installation)
{
    private static readonly Statement BodiesThere = new("SELECT DISTINCT body_id FROM items WHERE mailbox_id = @mailbox_id");

    public async Task<RestoreMailboxResponse> RunAsync(RestoreMailboxRequest request, CancellationToken cancellationToken)
    {
        var mailbox = MailboxName.Of(request.Mailbox);
        try
        {
            var series = BackupSeries.Open(request.Backups);
            var backup = series.Find(request.At == 0 ? null : DateTimeOffset.FromUnixTimeMilliseconds(request.At));
            var work = Path.Combine(installation.DataDirectory, $"restore-{mailbox.MailboxId:N}");
            using var copy = await RestoredTables.CopyAsync(series, backup, [MailboxTables.Backup], work, cancellationToken);
            await using var tables = SqliteDatabase.Open(copy.PathOf(MailboxTables.Backup));
            var source = new BackupSource(backup, new BackedUpBodies(series, backup), new PastMailbox(tables, mailbox));
            return await RunAsync(request, mailbox, source, cancellationToken);
        }
        catch (BackupException refused)
        {
            throw Refused.Precondition(refused.Message);
        }
    }

    private async Task<RestoreMailboxResponse> RunAsync(
        RestoreMailboxRequest request, MailboxName mailbox, BackupSource source, CancellationToken cancellationToken)
    {
        var into = request.InPlace ? "" : request.Into.Length > 0
            ? request.Into
            : string.Create(CultureInfo.InvariantCulture, $"Restored {source.Backup.TakenAt.UtcDateTime:yyyy-MM-dd}");
        var response = new RestoreMailboxResponse { Backup = source.Backup.Name, Into = into };
        var targets = new TargetFolders(listFolders, createFolder, request.Mailbox);
        await targets.LoadAsync(cancellationToken);
        var there = request.InPlace
            ? (await database.ListAsync(mailbox.Scope, BodiesThere, reader => reader.GetId(0), [mailbox.MailboxId], cancellationToken)).ToHashSet()
            : [];
        foreach (var folder in await FoldersAsync(request, mailbox, source, cancellationToken))
        {
            if (!request.InPlace && folder.Row.MessageCount == 0)
                continue;
            var target = request.InPlace
                ? await targets.FindOriginalAsync(folder, cancellationToken)
                : await targets.FindAsync([.. into.Split('/'), .. folder.Path], folder.Row.ContainerClass, cancellationToken);
            await restoreItems.RunAsync(mailbox, source, folder, target, Encoding.UTF8.GetBytes($"{source.Backup.Name} {into}"), there, response, cancellationToken);
        }

        return response;
    }

    private async Task<List<PastFolder>> FoldersAsync(
        RestoreMailboxRequest request, MailboxName mailbox, BackupSource source, CancellationToken cancellationToken)
    {
        using var key = await keys.GetAsync(mailbox, cancellationToken);
        var all = await source.Mailbox.ListFoldersAsync(key, cancellationToken);
        if (request.Folder.Length == 0)
            return [.. all];
        var chosen = all.Where(folder => folder.IsWithin(request.Folder.Split('/'))).ToList();
        return chosen.Count > 0
            ? chosen
            : throw Refused.NotFound(
                $"Backup {source.Backup.Name} has no such folder in this mailbox; it has {string.Join(", ", all.Select(folder => string.Join('/', folder.Path)))}");
    }
}

/// <summary>What is brought back, and where from.</summary>
internal sealed record BackupSource(BackupManifest Backup, BackedUpBodies Bodies, PastMailbox Mailbox);
