using Grpc.Core;
using Mailstead.Contracts;
using Mailstead.Contracts.Keys.V1;
using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Keys.CustomerKeys;
using Mailstead.Persistence.Databases;
using Mailstead.Stores.Harness;
using Microsoft.Extensions.Hosting;

namespace Mailstead.Stores.Keys;

/// <summary>Keys and what they lock: contexts, revocation within a minute, rotation, destruction.</summary>
public sealed class EncryptionTests(Installations installations)
{
    private const string Lock = "UPDATE cmks SET state = 'DISABLED' WHERE key_id IN (SELECT key_id FROM grants WHERE organization_id = @id)";
    private const string Unlock = "UPDATE cmks SET state = 'ENABLED' WHERE key_id IN (SELECT key_id FROM grants WHERE organization_id = @id)";

    [Theory]
    [InlineData(DatabaseKind.Sqlite, Lock, Unlock, "disabled")]
    [InlineData(DatabaseKind.PostgreSql, Lock, Unlock, "disabled")]
    [InlineData(DatabaseKind.Sqlite, "UPDATE grants SET revoked_at = 1 WHERE organization_id = @id",
        "UPDATE grants SET revoked_at = NULL WHERE organization_id = @id", "revoked")]
    [InlineData(DatabaseKind.Sqlite,
        "UPDATE cmks SET state = 'PENDING_DELETION', deletion_at = 1 WHERE key_id IN (SELECT key_id FROM grants WHERE organization_id = @id)", Unlock, "waiting to be deleted")]
    public async Task A_locked_key_ends_reading_within_a_minute_and_loses_nothing(
        DatabaseKind kind, string locking, string unlocking, string reason)
    {
        await using var installation = await StartAsync(kind);
        var mailbox = await installation.NewMailboxAsync(await installation.NewOrganizationKeyAsync());
        var other = await installation.NewMailboxAsync(await installation.NewOrganizationKeyAsync());
        var inbox = await mailbox.InboxAsync();
        await mailbox.AppendAsync(inbox);
        var id = Guid.Parse(mailbox.Ref.OrganizationId);

        await ExecuteAsync(installation, "keys", locking, new { id });
        installation.Clock.Advance(TimeSpan.FromSeconds(60));

        var refused = await Assert.ThrowsAsync<RpcException>(() => mailbox.TextAsync(inbox, 1));
        Assert.Equal(StatusCode.FailedPrecondition, refused.StatusCode);
        Assert.Contains(reason, refused.Status.Detail);
        Assert.Equal(StatusCode.FailedPrecondition, (await Assert.ThrowsAsync<RpcException>(mailbox.FoldersAsync)).StatusCode);
        var delivered = (await installation.Mailboxes.DeliverAsync(
            await Sample.DeliveryAsync(installation, mailbox.Ref.OrganizationId, "Subject: waits\r\n\r\n", Sample.To(mailbox))))
                .Results.Single();
        Assert.Equal(DeliveryResult.Types.Outcome.Unavailable, delivered.Outcome);
        Assert.Contains(reason, delivered.Reason);
        await other.AppendAsync(await other.InboxAsync());

        await ExecuteAsync(installation, "keys", unlocking, new { id });
        Assert.Equal(MailboxOnStore.SmallMessage, await mailbox.TextAsync(inbox, 1));
    }

    [Theory, OnBothDatabases]
    public async Task A_wrapped_key_that_is_moved_to_another_organization_does_not_open(DatabaseKind kind)
    {
        await using var installation = await StartAsync(kind);
        var mine = await installation.NewMailboxAsync(await installation.NewOrganizationKeyAsync());
        var theirs = await installation.NewMailboxAsync(await installation.NewOrganizationKeyAsync());
        var inbox = await mine.InboxAsync();

        await ExecuteAsync(
            installation, "keys",
            "UPDATE data_keys SET wrapped_key = (SELECT d.wrapped_key FROM data_keys d WHERE d.subject_id = @theirs) WHERE subject_id = @mine",
            new { mine = Guid.Parse(mine.Ref.MailboxId), theirs = Guid.Parse(theirs.Ref.MailboxId) });
        // With the same customer master key it is the context alone that tells the two apart.
        await ExecuteAsync(
            installation, "keys",
                "UPDATE grants SET key_id = (SELECT g.key_id FROM grants g WHERE g.organization_id = @theirs) WHERE organization_id = @mine",
            new { mine = Guid.Parse(mine.Ref.OrganizationId), theirs = Guid.Parse(theirs.Ref.OrganizationId) });
        installation.Clock.Advance(TimeSpan.FromSeconds(61));

        Assert.Equal(StatusCode.DataLoss, (await Assert.ThrowsAsync<RpcException>(() => mine.OpenAsync(inbox))).StatusCode);
        await theirs.FoldersAsync();
    }

    [Theory]
    [InlineData("items", "sealed")]
    [InlineData("items", "properties")]
    [InlineData("folders", "sealed_name")]
    [InlineData("mailboxes", "sealed_keywords")]
    public async Task A_sealed_value_in_another_mailboxs_row_is_not_read(string table, string column)
    {
        var mine = await WithItemAsync("mine");
        var theirs = await WithItemAsync("theirs");

        await ExecuteAsync(
            mine.Installation, "mailboxes",
            $"UPDATE {table} SET {column} = (SELECT t.{column} FROM {table} t WHERE t.mailbox_id = @theirs LIMIT 1) WHERE mailbox_id = @mine",
            new { mine = Guid.Parse(mine.Ref.MailboxId), theirs = Guid.Parse(theirs.Ref.MailboxId) });

        await Assert.ThrowsAsync<RpcException>(() => ReadEverythingAsync(mine));
        await ReadEverythingAsync(theirs);
    }

    [Theory]
    [InlineData("UPDATE items SET sealed = (SELECT i.sealed FROM items i WHERE i.mailbox_id = @id AND i.uid = 2) WHERE mailbox_id = @id AND uid = 1")]
    [InlineData("UPDATE items SET properties = (SELECT i.properties FROM items i WHERE i.mailbox_id = @id AND i.uid = 2) WHERE mailbox_id = @id AND uid = 1")]
    [InlineData("UPDATE bodies SET summary = (SELECT b.summary FROM bodies b JOIN items i ON i.body_id = b.body_id WHERE i.mailbox_id = @id AND i.uid = 2) "
        + "WHERE body_id IN (SELECT body_id FROM items WHERE mailbox_id = @id AND uid = 1)")]
    [InlineData("UPDATE bodies SET location = (SELECT b.location FROM bodies b JOIN items i ON i.body_id = b.body_id WHERE i.mailbox_id = @id AND i.uid = 2) "
        + "WHERE body_id IN (SELECT body_id FROM items WHERE mailbox_id = @id AND uid = 1)")]
    [InlineData("UPDATE folders SET sealed_name = (SELECT f.sealed_name FROM folders f WHERE f.mailbox_id = @id AND f.role = 2) WHERE mailbox_id = @id AND role = 1")]
    public async Task A_sealed_value_in_another_row_of_its_mailbox_is_not_read(string move)
    {
        var mailbox = await WithItemAsync("one");
        await AddItemAsync(mailbox, "two", 2);
        await ReadEverythingAsync(mailbox);

        await ExecuteAsync(mailbox.Installation, "mailboxes", move, new { id = Guid.Parse(mailbox.Ref.MailboxId) });

        await Assert.ThrowsAsync<RpcException>(() => ReadEverythingAsync(mailbox));
    }

    [Theory, OnBothDatabases]
    public async Task New_material_of_a_key_encrypts_and_the_old_still_opens_what_it_closed(DatabaseKind kind)
    {
        await using var installation = await StartAsync(kind);
        var organization = await installation.NewOrganizationKeyAsync();
        var before = await installation.NewMailboxAsync(organization);
        var inbox = await before.InboxAsync();
        await before.AppendAsync(inbox);
        var keyId = await installation.DatabaseOf("keys").FindAsync<Guid>(
            TenantScope.Everyone, "SELECT key_id FROM grants WHERE organization_id = @organization", new { organization }, CancellationToken.None);

        var key = await installation.DatabaseOf("keys").ReadAsync(
            TenantScope.None, transaction => installation.Get<CustomerKeyTable>().FindAsync(transaction, keyId), CancellationToken.None);
        await installation.Get<RotateKey>().RunAsync(key!, isOnDemand: true, CancellationToken.None);
        installation.Clock.Advance(TimeSpan.FromSeconds(61));
        var after = await installation.NewMailboxAsync(organization);

        Assert.Equal(MailboxOnStore.SmallMessage, await before.TextAsync(inbox, 1));
        Assert.Equal((1, 2), (await VersionOfAsync(before), await VersionOfAsync(after)));

        // Wrapped anew, and not touched otherwise.
        await RoundAsync(installation);
        installation.Clock.Advance(TimeSpan.FromSeconds(61));
        Assert.Equal((2, 2), (await VersionOfAsync(before), await VersionOfAsync(after)));
        Assert.Equal(MailboxOnStore.SmallMessage, await before.TextAsync(inbox, 1));

        async Task<int> VersionOfAsync(MailboxOnStore mailbox) =>
            (await installation.DatabaseOf("keys").FindAsync<byte[]>(
                TenantScope.Everyone, "SELECT wrapped_key FROM data_keys WHERE subject_id = @id", new { id = Guid.Parse(mailbox.Ref.MailboxId) },
                    CancellationToken.None))![3];
    }

    [Theory, OnBothDatabases]
    public async Task What_is_due_with_keys_is_done_and_one_that_fails_keeps_none_waiting(DatabaseKind kind)
    {
        await using var installation = await StartAsync(kind);
        var (lost, rotated, deleted) = (await NewKeyAsync(installation), await NewKeyAsync(installation), await NewKeyAsync(installation));
        var mailbox = await installation.NewMailboxAsync(deleted.Organization);
        await mailbox.InboxAsync();
        // The first lives where nobody knows; all are due.
        await ExecuteAsync(installation, "keys", "UPDATE cmks SET provider = 'elsewhere', rotation_at = 1 WHERE key_id = @id", new { id = lost.Key });
        await ExecuteAsync(installation, "keys", "UPDATE cmks SET rotation_at = 1 WHERE key_id = @id", new { id = rotated.Key });
        await ExecuteAsync(installation, "keys", "UPDATE cmks SET state = 'PENDING_DELETION', deletion_at = 1 WHERE key_id = @id", new { id = deleted.Key });

        await RoundAsync(installation);

        Assert.Equal((1L, 2L, 0L), (await MaterialsAsync(lost.Key), await MaterialsAsync(rotated.Key), await MaterialsAsync(deleted.Key)));
        installation.Clock.Advance(TimeSpan.FromSeconds(61));
        var refused = await Assert.ThrowsAsync<RpcException>(mailbox.FoldersAsync);
        Assert.Equal(StatusCode.FailedPrecondition, refused.StatusCode);
        Assert.Contains("is deleted", refused.Status.Detail, StringComparison.Ordinal);
        // Once, and not again in each round.
        await RoundAsync(installation);
        Assert.Equal(2L, await MaterialsAsync(rotated.Key));

        // A process that died after marking a key as deleted has left the rest to the next round.
        await ExecuteAsync(installation, "keys", "UPDATE cmks SET state = 'DELETED', deletion_at = 1 WHERE key_id = @id", new { id = rotated.Key });
        await RoundAsync(installation);
        Assert.Equal(0L, await MaterialsAsync(rotated.Key));

        async Task<long> MaterialsAsync(Guid id) => await installation.DatabaseOf("keys").FindAsync<long>(
            TenantScope.Everyone, "SELECT COUNT(*) FROM cmk_versions WHERE key_id = @id", new { id }, CancellationToken.None);
    }

    [Theory, OnBothDatabases]
    public async Task A_deletion_that_was_called_off_is_none(DatabaseKind kind)
    {
        await using var installation = await StartAsync(kind);
        var (_, key) = await NewKeyAsync(installation);
        await ExecuteAsync(installation, "keys", "UPDATE cmks SET state = 'DISABLED', deletion_at = NULL WHERE key_id = @id", new { id = key });

        await installation.Get<DeleteKey>().RunAsync(key, CancellationToken.None);

        Assert.Equal("DISABLED", await installation.DatabaseOf("keys").FindAsync<string>(
            TenantScope.Everyone, "SELECT state FROM cmks WHERE key_id = @key", new { key }, CancellationToken.None));
    }

    private static async Task<(Guid Organization, Guid Key)> NewKeyAsync(Installation installation)
    {
        var organization = await installation.NewOrganizationKeyAsync();
        return (organization, await installation.DatabaseOf("keys").FindAsync<Guid>(
            TenantScope.Everyone, "SELECT key_id FROM grants WHERE organization_id = @organization", new { organization }, CancellationToken.None));
    }

    private static Task RoundAsync(Installation installation) =>
        installation.Get<IEnumerable<IHostedService>>().OfType<KeyCareLoop>().Single().RoundAsync(CancellationToken.None);

    [Theory, OnBothDatabases]
    public async Task A_deleted_mailboxs_key_is_gone_and_what_a_backup_kept_of_it_is_noise(DatabaseKind kind)
    {
        var mailbox = await installations.NewMailboxAsync(kind);
        var request = new GetDataKeyRequest
        {
            Purpose = KeyPurpose.Mailbox,
            OrganizationId = mailbox.Ref.OrganizationId,
            SubjectId = mailbox.Ref.MailboxId
        };
        var before = (await mailbox.Installation.Keys.GetDataKeyAsync(request)).Key;

        await mailbox.Installation.Mailboxes.DeleteMailboxAsync(new DeleteMailboxRequest { Mailbox = mailbox.Ref });

        Assert.NotEqual(before, (await mailbox.Installation.Keys.GetDataKeyAsync(request)).Key);
    }

    [Theory, OnBothDatabases]
    public async Task Many_who_need_a_new_key_at_once_get_the_same(DatabaseKind kind)
    {
        var installation = await installations.SharedAsync(kind);
        var organization = await installation.NewOrganizationKeyAsync();

        var keys = await Task.WhenAll(Enumerable.Range(0, 12).Select(async _ => (await installation.Keys.GetDataKeyAsync(
            new GetDataKeyRequest { Purpose = KeyPurpose.Transport, OrganizationId = organization.ToString() })).Key));

        Assert.Single(keys.Distinct());
        Assert.Equal(32, keys[0].Length);
    }

    private static async Task ExecuteAsync(Installation installation, string schema, string sql, object arguments) =>
        Assert.True(await installation.DatabaseOf(schema).ExecuteAsync(TenantScope.Everyone, sql, arguments, CancellationToken.None) > 0);

    private static async Task ReadEverythingAsync(MailboxOnStore mailbox)
    {
        var inbox = (await mailbox.FoldersAsync()).First(folder => folder.Role == FolderRole.Inbox).FolderId;
        var uids = await mailbox.UidsAsync(inbox);
        Assert.Equal(uids.Count, (await mailbox.FetchAsync(inbox, [.. uids])).Count);
        await mailbox.Installation.Mailboxes.GetPropertiesAsync(
            new GetPropertiesRequest { Mailbox = mailbox.Ref, FolderId = inbox, Uids = Packed.Copy<uint>(uids.ToArray()) });
    }

    private static async Task AddItemAsync(MailboxOnStore mailbox, string subject, uint uid)
    {
        var inbox = await mailbox.InboxAsync();
        await mailbox.AppendAsync(inbox, $"Subject: {subject}\r\n\r\n", 0, "Word");
        await mailbox.Installation.Mailboxes.SetPropertiesAsync(new SetPropertiesRequest
        {
            Mailbox = mailbox.Ref,
            FolderId = inbox,
            Uid = uid,
            Set = { new Property { Name = new PropertyName { Tag = 0x3001 }, Type = 0x001F,
                Value = Google.Protobuf.ByteString.CopyFromUtf8(subject) } },
        });
    }

    private async Task<MailboxOnStore> WithItemAsync(string subject)
    {
        var mailbox = await installations.NewMailboxAsync(DatabaseKind.Sqlite);
        await AddItemAsync(mailbox, subject, 1);
        return mailbox;
    }

    private async Task<Installation> StartAsync(DatabaseKind kind) =>
        await Installation.StartAsync(installations.NewFolder(), await installations.NewDatabaseAsync(kind));
}
