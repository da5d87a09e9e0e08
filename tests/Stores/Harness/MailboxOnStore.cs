using System.Text;
using Google.Protobuf;
using Grpc.Core;
using Mailstead.Contracts;
using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Persistence.Databases;

namespace Mailstead.Stores.Harness;

/// <summary>A mailbox, by the calls that gateways make.</summary>
internal sealed class MailboxOnStore(Installation installation, MailboxRef reference)
{
    public const string SmallMessage = "Subject: small\r\n\r\nbody\r\n";

    public Installation Installation { get; } = installation;

    public MailboxRef Ref { get; } = reference;

    /// <summary>What a unit of work about it sees.</summary>
    public TenantScope Scope() => TenantScope.Of(Guid.Parse(Ref.MailboxId));

    private MailboxesApi.MailboxesApiClient Api => Installation.Mailboxes;

    public async Task<Folder> FolderAsync(FolderRole role) => (await FoldersAsync()).Single(folder => folder.Role == role);

    public async Task<IReadOnlyList<Folder>> FoldersAsync() =>
        (await Api.ListFoldersAsync(new ListFoldersRequest { Mailbox = Ref })).Folders;

    public async Task<string> InboxAsync() => (await FolderAsync(FolderRole.Inbox)).FolderId;

    public async Task<Folder> CreateFolderAsync(string name, string parentId = "") =>
        (await Api.CreateFolderAsync(new CreateFolderRequest { Mailbox = Ref, Name = name, ParentId = parentId })).Folder;

    public async Task DeleteFolderAsync(string folderId) =>
        await Api.DeleteFolderAsync(new DeleteFolderRequest { Mailbox = Ref, FolderId = folderId });

    public Task<AppendResponse> AppendAsync(string folderId, string content = SmallMessage, ulong flags = 0,
        params string[] keywords) =>
        AppendAsync(folderId, Encoding.UTF8.GetBytes(content), flags, keywords);

    public async Task<AppendResponse> AppendAsync(string folderId, byte[] content, ulong flags, params string[] keywords)
    {
        using var call = Api.Append();
        var start = new AppendStart { Mailbox = Ref, FolderId = folderId, Flags = flags, Size = content.Length };
        start.Keywords.AddRange(keywords);
        var pieces = content.Chunk(64 * 1024).DefaultIfEmpty([]).ToList();
        try
        {
            for (var i = 0; i < pieces.Count; i++)
            {
                await call.RequestStream.WriteAsync(new AppendRequest
                {
                    Start = i == 0 ? start : null,
                    Data = ByteString.CopyFrom(pieces[i]),
                    Complete = i == pieces.Count - 1,
                });
            }

            await call.RequestStream.CompleteAsync();
        }
        catch (RpcException)
        {
            // Refused while we still write: the answer says why.
        }

        return await call.ResponseAsync;
    }

    public async Task<OpenFolderResponse> OpenAsync(string folderId) =>
        await Api.OpenFolderAsync(new OpenFolderRequest { Mailbox = Ref, FolderId = folderId });

    public async Task<IReadOnlyList<uint>> UidsAsync(string folderId) =>
        Packed.Read<uint>((await OpenAsync(folderId)).Uids).ToArray();

    public async Task<GetChangesResponse> ChangesAsync(string folderId, long since, uint belowUidNext = 0) =>
        await Api.GetChangesAsync(
            new GetChangesRequest { Mailbox = Ref, FolderId = folderId, SinceModseq = since, BelowUidNext = belowUidNext });

    public async Task<StoreFlagsResponse> StoreAsync(
        string folderId, uint[] uids, FlagChange change, ulong flags, string[]? keywords = null, long? unchangedSince = null)
    {
        var request = new StoreFlagsRequest
        {
            Mailbox = Ref,
            FolderId = folderId,
            Uids = Packed.Copy<uint>(uids),
            Change = change,
            Flags = flags,
            Conditional = unchangedSince is not null,
            UnchangedSince = unchangedSince ?? 0,
        };
        request.Keywords.AddRange(keywords ?? []);
        return await Api.StoreFlagsAsync(request);
    }

    public async Task<IReadOnlyList<uint>> ExpungeAsync(
        string folderId, uint[] uids, bool all = false, bool onlyDeleted = false) =>
        Packed.Read<uint>((await Api.ExpungeAsync(new ExpungeRequest
        {
            Mailbox = Ref,
            FolderId = folderId,
            Uids = Packed.Copy<uint>(uids),
            All = all,
            OnlyDeleted = onlyDeleted,
        })).RemovedUids).ToArray();

    public async Task<CopyItemsResponse> CopyAsync(string folderId, uint[] uids, string targetId, bool move = false) =>
        await Api.CopyItemsAsync(new CopyItemsRequest
        {
            Mailbox = Ref,
            FolderId = folderId,
            Uids = Packed.Copy<uint>(uids),
            TargetFolderId = targetId,
            Move = move,
        });

    public async Task<IReadOnlyList<uint>> SearchAsync(string folderId, SearchKey key) =>
        Packed.Read<uint>((await Api.SearchAsync(new SearchRequest { Mailbox = Ref, FolderId = folderId, Key = key })).Uids)
            .ToArray();

    public async Task<GetMailboxResponse> UseAsync() => await Api.GetMailboxAsync(new GetMailboxRequest { Mailbox = Ref });

    public async Task<ReadIndexResponse> IndexAsync(string folderId) => await Api.ReadIndexAsync(new ReadIndexRequest
    {
        Mailbox = Ref,
        FolderId = folderId,
        Sizes = true,
        ReceivedTimes = true,
        SavedTimes = true,
        ItemIds = true,
        EmailIds = true,
    });

    /// <summary>The content of each item, and its summary.</summary>
    public async Task<List<(FetchedItem Item, byte[] Content)>> FetchAsync(string folderId, params uint[] uids)
    {
        var request = new FetchItemsRequest
        {
            Mailbox = Ref,
            FolderId = folderId,
            Uids = Packed.Copy<uint>(uids),
            Summary = true
        };
        request.Sections.Add(new ContentRange());
        using var call = Api.FetchItems(request);
        var items = new List<(FetchedItem Item, MemoryStream Content)>();
        while (await call.ResponseStream.MoveNext(TestContext.Current.CancellationToken))
        {
            var piece = call.ResponseStream.Current;
            if (piece.First)
                items.Add((piece, new MemoryStream()));
            foreach (var section in piece.Sections)
                items[^1].Content.Write(section.Data.Span);
        }

        return [.. items.Select(item => (item.Item, item.Content.ToArray()))];
    }

    public async Task<string> TextAsync(string folderId, uint uid) =>
        Encoding.UTF8.GetString((await FetchAsync(folderId, uid)).Single().Content);
}
