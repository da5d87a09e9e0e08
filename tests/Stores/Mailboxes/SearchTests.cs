using Google.Protobuf;
using Mailstead.Contracts;
using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Stores.Harness;

namespace Mailstead.Stores.Mailboxes;

/// <summary>Search and the pieces of a message, over encrypted bodies.</summary>
public sealed class SearchTests(Installations installations)
{
    private const string Multipart =
        "From: Ann <ann@example.org>\r\nSubject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=\r\nDate: Mon, 2 Jan 2023 23:30:00 -0800\r\nMIME-Version: 1.0\r\n"
        + "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n"
        + "Content-Transfer-Encoding: base64\r\n\r\nU2Now7ZuZSBHcsO8w59l\r\n--b\r\nContent-Type: application/octet-stream\r\n\r\nneedle\r\n--b--\r\n";

    [Theory, OnBothDatabases]
    public async Task Every_key_finds_what_it_should_and_nothing_else(DatabaseKind kind)
    {
        var mailbox = await installations.NewMailboxAsync(kind);
        var inbox = await mailbox.InboxAsync();
        await mailbox.AppendAsync(inbox, Multipart, flags: 1, "Work");
        await mailbox.AppendAsync(inbox, "Subject: plain\r\nX-Other: 1\r\n\r\nneedle in the text\r\n");
        var index = await mailbox.IndexAsync(inbox);
        var modSeq = Packed.Read<long>(index.Modseqs)[1];
        var secondId = new Guid(index.EmailIds.Span[16..32], bigEndian: true);
        var day = new DateTimeOffset(2023, 1, 2, 0, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();

        await FindsAsync([1, 2], new SearchKey { All = true });
        await FindsAsync([1], new SearchKey { FlagsSet = 1 });
        await FindsAsync([1], new SearchKey { Keyword = "WORK" });
        await FindsAsync([], new SearchKey { Keyword = "absent" });
        await FindsAsync([1], new SearchKey { Larger = 100 });
        await FindsAsync([2], new SearchKey { Smaller = 100 });
        await FindsAsync([1], new SearchKey { SentSince = day });
        await FindsAsync([], new SearchKey { SentBefore = day });
        await FindsAsync([1],
            new SearchKey
            {
                Header = new HeaderKey
                {
                    Name = "subject",
                    Value = "GRÜSSE".Replace("SS", "ß", StringComparison.Ordinal)
                }
            });
        await FindsAsync([2], new SearchKey { Header = new HeaderKey { Name = "X-Other" } });
        await FindsAsync([1], new SearchKey { Body = "schöne grü" });
        await FindsAsync([2], new SearchKey { Body = "NEEDLE" });
        await FindsAsync([1], new SearchKey { Text = "ann@example" });
        await FindsAsync([2], new SearchKey { Modseq = modSeq });
        await FindsAsync([2], new SearchKey { UidSet = Packed.Copy<uint>([2, 7]) });
        await FindsAsync([2], new SearchKey { EmailId = secondId.ToString() });
        await FindsAsync([2], new SearchKey { Not = new SearchKey { FlagsSet = 1 } });
        await FindsAsync([],
            new SearchKey
            {
                And = new SearchKeys
                {
                    Keys = { new SearchKey { FlagsSet = 1 },
            new SearchKey { Smaller = 100 } }
                }
            });
        await FindsAsync([1, 2],
            new SearchKey { Or = new SearchKeys { Keys = { new SearchKey { FlagsSet = 1 }, new SearchKey { Smaller = 100 } } } });
        await FindsAsync([1, 2], new SearchKey { ReceivedSince = 1, SavedBefore = long.MaxValue });

        async Task FindsAsync(uint[] expected, SearchKey key) => Assert.Equal(expected, await mailbox.SearchAsync(inbox, key));
    }

    [Theory, OnBothDatabases]
    public async Task A_section_is_read_from_the_middle_of_an_item_with_a_prologue(DatabaseKind kind)
    {
        var mailbox = await installations.NewMailboxAsync(kind);
        var inbox = await mailbox.InboxAsync();
        await mailbox.Installation.Mailboxes.DeliverAsync(await Sample.DeliveryAsync(
            mailbox.Installation, mailbox.Ref.OrganizationId, Multipart, Sample.To(mailbox, "Return-Path: <>\r\n")));
        var request = new FetchItemsRequest { Mailbox = mailbox.Ref, FolderId = inbox, Uids = Packed.Copy<uint>([1u]) };
        request.Sections.Add(new ContentRange { Part = { 2 } });
        request.Sections.Add(new ContentRange { Part = { 1 }, Portion = Portion.MimeHeader });
        request.Sections.Add(new ContentRange { Portion = Portion.HeaderBlock, Length = 15 });
        request.Sections.Add(new ContentRange { Part = { 3 } });
        request.Sections.Add(new ContentRange { Portion = Portion.Whole, Offset = 10, Length = 9 });

        var found = new Dictionary<int, (bool Found, ByteString Data)>();
        using var call = mailbox.Installation.Mailboxes.FetchItems(request);
        while (await call.ResponseStream.MoveNext(TestContext.Current.CancellationToken))
        {
            foreach (var section in call.ResponseStream.Current.Sections)
                found.Add(section.Index, (section.Found, section.Data));
        }

        Assert.Equal("needle", found[0].Data.ToStringUtf8());
        Assert.StartsWith("Content-Type: text/plain", found[1].Data.ToStringUtf8());
        Assert.Equal("Return-Path: <>", found[2].Data.ToStringUtf8());
        Assert.False(found[3].Found);
        Assert.Equal("h: <>\r\nFr", found[4].Data.ToStringUtf8());
    }
}
