using System.Security.Cryptography;
using Mailstead.Contracts;
using Mailstead.Hosting;
using Mailstead.Persistence.Backups;
using Mailstead.Persistence.Bodies;
using Mailstead.Persistence.Databases;
using Mailstead.Stores.Harness;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Mailstead.Stores.Backups;

/// <summary>A backup of one process on files comes back in a cluster on PostgreSQL and an object store, and the other way round.</summary>
public sealed class OtherEngineTests(Installations installations) : IDisposable
{
    private readonly string backups = Directory.CreateTempSubdirectory("mailstead-backups-").FullName;

    public void Dispose() => Directory.Delete(backups, recursive: true);

    [Theory]
    [InlineData(DatabaseKind.Sqlite, DatabaseKind.PostgreSql)]
    [InlineData(DatabaseKind.PostgreSql, DatabaseKind.Sqlite)]
    internal async Task A_backup_comes_back_on_engines_of_another_kind(DatabaseKind from, DatabaseKind to)
    {
        var place = await NewPlaceAsync(from);
        await using var before = await Installation.StartAsync(place.Folder, place.Database, place.Settings);
        var mailbox = await before.NewMailboxAsync(await before.NewOrganizationKeyAsync());
        var inbox = await mailbox.InboxAsync();
        var projects = (await mailbox.CreateFolderAsync("Projekte – März")).FolderId;
        var (small, large) = (Sample.Large(3_000), Sample.Large(2_000_000));
        await mailbox.AppendAsync(inbox, small, 1);
        await mailbox.AppendAsync(projects, large, 0, "$Important");
        await mailbox.AppendAsync(projects, small, 0);
        var gone = await mailbox.AppendAsync(projects, small, 0);
        await mailbox.ExpungeAsync(projects, [gone.Uid]);
        var series = BackupSeries.OpenOrCreate(backups);
        var backup = await BackupWriter.Of(
            Path.Combine(place.Folder, "databases"), before.Get<IOptions<DatabaseOptions>>().Value, before.Get<ISegmentArchive>(),
            before.Get<IBodyHold>(), before.Clock).RunAsync(series, [.. before.Get<IEnumerable<BackedUpSchema>>()], "test", TestContext.Current.CancellationToken);
        var expected = await DescribeAsync(mailbox);

        var other = await NewPlaceAsync(to);
        Directory.CreateDirectory(Path.Combine(other.Folder, "keys"));
        File.Copy(Path.Combine(place.Folder, "keys", "root.key"), Path.Combine(other.Folder, "keys", "root.key"));
        await using (var command = Installation.Compose(other.Folder, other.Database, other.Settings))
        {
            var installation = command.Services.GetRequiredService<InstallationOptions>();
            ITableTarget target = other.Database is { } database
                ? new PostgreSqlTarget(new DatabaseOptions { PostgreSql = database })
                : new SqliteTarget(other.Folder, installation.Folder("databases"), installation.Folder("bodies"));
            await Restoration.RunAsync(
                series, backup, [.. command.Services.GetServices<BackedUpSchema>()], target, command.Services.GetRequiredService<ISegmentArchive>(),
                Path.Combine(other.Folder, "restore"), TimeProvider.System, TestContext.Current.CancellationToken);
        }

        await using var after = await Installation.StartAsync(other.Folder, other.Database, other.Settings);
        var restored = new MailboxOnStore(after, mailbox.Ref);
        Assert.Equal(expected, await DescribeAsync(restored));
        // It is whole: what is new is kept beside what came back.
        var added = await restored.AppendAsync(projects, large, 0);
        Assert.True(added.Uid > gone.Uid, "A uid is never given twice");
        Assert.Equal(large, (await restored.FetchAsync(projects, added.Uid)).Single().Content);
    }

    private async Task<(string Folder, string? Database, Dictionary<string, string?> Settings)> NewPlaceAsync(DatabaseKind kind)
    {
        var folder = installations.NewFolder();
        if (kind == DatabaseKind.Sqlite)
            return (folder, null, []);
        var bodies = (await installations.ObjectStoreAsync()).NewOptions();
        return (folder, await installations.NewDatabaseAsync(kind), new Dictionary<string, string?>
        {
            ["Bodies:S3:Bucket"] = bodies.Bucket,
            ["Bodies:S3:Prefix"] = bodies.Prefix,
            ["Bodies:S3:Endpoint"] = bodies.Endpoint,
            ["Bodies:S3:AccessKeyId"] = bodies.AccessKeyId,
            ["Bodies:S3:SecretAccessKey"] = bodies.SecretAccessKey,
        });
    }

    /// <summary>Every folder with its items: uid, flags, keywords, dates and content.</summary>
    private static async Task<List<string>> DescribeAsync(MailboxOnStore mailbox)
    {
        var described = new List<string>();
        foreach (var folder in await mailbox.FoldersAsync())
        {
            var opened = await mailbox.OpenAsync(folder.FolderId);
            described.Add($"{folder.Name} {folder.Role} {folder.UidNext} {string.Join(' ', opened.Keywords)}");
            described.Add((await mailbox.IndexAsync(folder.FolderId)).ToString());
            foreach (var (item, content) in await mailbox.FetchAsync(folder.FolderId, [.. Packed.Read<uint>(opened.Uids)]))
                described.Add($"{item.Uid} {item.Flags} {item.ReceivedAt} {item.Summary} {Convert.ToHexString(SHA256.HashData(content))}");
        }

        return described;
    }
}
