using System.Text;
using Google.Protobuf;
using Mailstead.Contracts.Delivery.V1;
using Mailstead.Contracts.Directories.V1;
using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Mailboxes.Bodies;
using Mailstead.Persistence.Bodies;
using Mailstead.Persistence.Databases;
using Mailstead.Stores.Harness;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Mailstead.Stores.Crashes;

/// <summary>
/// The machine stops before and after everything that is made durable, and each time what is on the disk is opened again:
/// whatever
/// was answered is there once, whatever is there can be read, and the rest is garbage that the collector takes.
/// </summary>
public sealed class CrashTests(Installations installations)
{
    private static readonly string[] Schemas = ["keys", "directories", "mailboxes", "delivery"];

    [Fact]
    public async Task Wherever_it_stops_what_was_answered_is_there_once_and_what_is_there_can_be_read()
    {
        var (data, images) = (installations.NewFolder(), installations.NewFolder());
        using var points = new WritePoints(data, images);
        var mailbox = await RunAsync(data, points);

        Assert.True(points.Taken.Count > 60, $"only {points.Taken.Count} write points were seen");
        foreach (var image in points.Taken.Where(image => image.Answered.Count > 0))
            await CheckAsync(image, mailbox);
        // Torn: the last write reached the disk in part. Commits are torn off one after the other, bodies first.
        foreach (var image in points.Taken.Where(image => image.Point.StartsWith("after a", StringComparison.Ordinal)
            && image.Answered.Count > 0).Take(12))
            await CheckTornAsync(image, mailbox);
    }

    private static async Task<MailboxRef> RunAsync(string data, WritePoints points)
    {
        await using var installation = await Installation.StartAsync(
            data, null, replace: services => Observe(services, data, points));
        var organization = await installation.NewOrganizationKeyAsync();
        var mailbox = await installation.NewMailboxAsync(organization);
        var (inbox, archive) = (await mailbox.InboxAsync(), (await mailbox.FolderAsync(FolderRole.Archive)).FolderId);
        var answered = new List<string> { "" };
        Answer();

        for (var i = 0; i < 2; i++)
            await AppendAsync($"Subject: appended {i}\r\n\r\n");
        await AppendAsync("Subject: large\r\n\r\n" + Encoding.ASCII.GetString(Sample.Large(1_600_000)));
        var delivered = $"Subject: delivered\r\n\r\n";
        await installation.Mailboxes.DeliverAsync(await Sample.DeliveryAsync(
            installation, mailbox.Ref.OrganizationId, delivered, Sample.To(mailbox)));
        Answer(delivered);
        var accepted = "Subject: accepted\r\n\r\n";
        await AcceptAsync(installation, mailbox, accepted);
        Answer(accepted);
        while ((await mailbox.UidsAsync(inbox)).Count < 5)
            await Task.Delay(20);
        await mailbox.CopyAsync(inbox, [1], archive, move: true);
        await mailbox.StoreAsync(inbox, [2], FlagChange.Add, 1);
        // From here on these may be gone, and one is on its way out.
        points.Answered = [.. answered.Where(content => content.Length < 1000 && !content.Contains(
            "appended 1", StringComparison.Ordinal) && content != delivered)];
        await mailbox.ExpungeAsync(inbox, [2, 3, 4]);
        installation.Clock.Advance(TimeSpan.FromHours(3));
        await CollectAsync(installation);
        return mailbox.Ref;

        async Task AppendAsync(string content)
        {
            await mailbox.AppendAsync(inbox, content);
            Answer(content);
        }

        void Answer(string? content = null)
        {
            if (content is not null)
                answered.Add(content);
            points.Answered = [.. answered];
        }
    }

    private async Task CheckTornAsync(CrashImage image, MailboxRef mailbox)
    {
        // What was answered is beyond what this tears: only that nothing dangles and nothing crashes is asked.
        var logs = Directory.GetFiles(Path.Combine(image.Folder, "databases"), "mailboxes.db-wal")
            .Select(path => new FileInfo(path)).Where(log => log.Length > 5000);
        foreach (var log in logs)
        {
            using var file = log.OpenWrite();
            file.SetLength(log.Length - 1 - Random.Shared.Next(4000));
        }

        await CheckAsync(image with { Answered = [] }, mailbox);
    }

    private static async Task CheckAsync(CrashImage image, MailboxRef reference)
    {
        await using var installation = await Installation.StartAsync(image.Folder, null);
        var mailbox = new MailboxOnStore(installation, reference);
        var expected = image.Answered.Where(content => content.Length > 0).ToList();
        var found = await ContentsAsync(mailbox);
        // What the spool holds is routed by the process that comes next.
        for (var waited = 0; expected.Except(found).Any() && waited < 600; waited++)
        {
            await Task.Delay(50);
            found = await ContentsAsync(mailbox);
        }

        Assert.True(!expected.Except(found).Any(), $"{image.Point}: lost {expected.Except(found).FirstOrDefault()?[..30]}");
        Assert.True(found.Count == found.Distinct().Count(), $"{image.Point}: something is there twice");
        installation.Clock.Advance(TimeSpan.FromHours(3));
        await CollectAsync(installation);
        await CollectAsync(installation);
        // More may have come out of the spool meanwhile.
        var kept = await ContentsAsync(mailbox);
        Assert.True(!found.Except(kept).Any(), $"{image.Point}: the collector took a living body");
        Assert.True(kept.Count == kept.Distinct().Count(), $"{image.Point}: something is there twice");
        await AssertNoGarbageAsync(installation);
    }

    /// <summary>Everything in every folder, read to its end; counts agree with what is there.</summary>
    private static async Task<List<string>> ContentsAsync(MailboxOnStore mailbox)
    {
        var contents = new List<string>();
        long used = 0;
        foreach (var folder in await mailbox.FoldersAsync())
        {
            var uids = await mailbox.UidsAsync(folder.FolderId);
            var items = await mailbox.FetchAsync(folder.FolderId, [.. uids]);
            Assert.Equal(uids.Count, items.Count);
            used += items.Sum(item => item.Content.Length);
            contents.AddRange(items.Select(item => WithoutTrace(Encoding.UTF8.GetString(item.Content))));
        }

        var use = await mailbox.UseAsync();
        if (use.ItemCount == contents.Count)
            Assert.Equal(used, use.UsedBytes);
        return contents;
    }

    private static string WithoutTrace(string content) =>
        content[Math.Max(0, content.IndexOf("Subject: ", StringComparison.Ordinal))..];

    private static async Task CollectAsync(Installation installation) =>
        await installation.Get<IEnumerable<IHostedService>>().OfType<CollectLoop>().Single().CollectAsync(CancellationToken.None);

    /// <summary>Of what has been closed, no segment is without a living body.</summary>
    private static async Task AssertNoGarbageAsync(Installation installation)
    {
        var locations = await installation.DatabaseOf("mailboxes")
            .ListAsync<string>(TenantScope.None, "SELECT location FROM bodies", null, CancellationToken.None);
        var segments = locations.Select(location => location.Split(':')[0]).ToHashSet();
        Assert.All(await installation.Get<IBodyStore>().ListClosedSegmentsAsync(default).ToListAsync(), segment => Assert.Contains(segment.Name, segments));
    }

    private static async Task AcceptAsync(Installation installation, MailboxOnStore mailbox, string content)
    {
        using var call = installation.Delivery.Accept();
        var recipient = new EnvelopeRecipient
        {
            Address = "user@example.org",
            Resolved = new Recipient
            {
                Kind = RecipientKind.Mailbox,
                OrganizationId = mailbox.Ref.OrganizationId,
                EntityId = mailbox.Ref.MailboxId,
                MailboxId = mailbox.Ref.MailboxId,
                PrimaryAddress = "user@example.org",
            },
        };
        await call.RequestStream.WriteAsync(
            new AcceptRequest { Envelope = new Envelope { Direction = Direction.Inbound, Recipients = { recipient } } });
        await call.RequestStream.WriteAsync(new AcceptRequest { Data = ByteString.CopyFromUtf8(content), Complete = true });
        await call.RequestStream.CompleteAsync();
        await call.ResponseAsync;
    }

    private static void Observe(IServiceCollection services, string data, WritePoints points)
    {
        var databases = Directory.CreateDirectory(Path.Combine(data, "databases")).FullName;
        foreach (var schema in Schemas)
        {
            services.AddKeyedSingleton<Database>(
                schema, (_, _) => new ObservedDatabase(SqliteDatabase.Open(Path.Combine(databases, schema + ".db")), schema,
                    points));
        }

        var bodies = Directory.CreateDirectory(Path.Combine(data, "bodies")).FullName;
        services.AddSingleton<IBodyStore>(_ => new ObservedBodyStore(new SegmentBodyStore(bodies), points));
    }
}
