using Grpc.Core;
using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Mailboxes.Backups;
using Mailstead.Mailboxes.Bodies;
using Mailstead.Mailboxes.Changes;
using Mailstead.Mailboxes.Flags;
using Mailstead.Mailboxes.Folders;
using Mailstead.Mailboxes.Items;
using Mailstead.Mailboxes.Properties;
using Mailstead.Mailboxes.Quota;
using Mailstead.Mailboxes.Search;

namespace Mailstead.Mailboxes;

/// <summary>The contract's face; each use case stands in the folder of its feature.</summary>
internal sealed class MailboxesGrpc(
    CreateMailbox createMailbox, DeleteMailbox deleteMailbox, MailboxQuota quota, Deliver deliver, ListFolders listFolders,
    CreateFolder createFolder, RenameFolder renameFolder, DeleteFolder deleteFolder, SubscribeFolder subscribeFolder,
    OpenFolder openFolder, GetChanges getChanges, ReadIndex readIndex, FetchItems fetchItems, StoreFlags storeFlags,
    Expunge expunge, CopyItems copyItems, Append append, SearchFolder search, GetProperties getProperties, SetProperties setProperties,
    WatchMailboxes watch, RestoreMailbox restoreMailbox) : MailboxesApi.MailboxesApiBase
{
    public override Task<CreateMailboxResponse> CreateMailbox(CreateMailboxRequest request, ServerCallContext context) =>
        createMailbox.RunAsync(request, context.CancellationToken);

    public override Task<DeleteMailboxResponse> DeleteMailbox(DeleteMailboxRequest request, ServerCallContext context) =>
        deleteMailbox.RunAsync(request, context.CancellationToken);

    public override Task<GetMailboxResponse> GetMailbox(GetMailboxRequest request, ServerCallContext context) =>
        quota.GetAsync(MailboxName.Of(request.Mailbox), context.CancellationToken);

    public override async Task<SetQuotaResponse> SetQuota(SetQuotaRequest request, ServerCallContext context)
    {
        await quota.SetAsync(MailboxName.Of(request.Mailbox), request.QuotaBytes, context.CancellationToken);
        return new SetQuotaResponse();
    }

    public override Task<DeliverResponse> Deliver(DeliverRequest request, ServerCallContext context) =>
        deliver.RunAsync(request, context.CancellationToken);

    public override Task<ListFoldersResponse> ListFolders(ListFoldersRequest request, ServerCallContext context) =>
        listFolders.RunAsync(request, context.CancellationToken);

    public override Task<CreateFolderResponse> CreateFolder(CreateFolderRequest request, ServerCallContext context) =>
        createFolder.RunAsync(request, context.CancellationToken);

    public override Task<RenameFolderResponse> RenameFolder(RenameFolderRequest request, ServerCallContext context) =>
        renameFolder.RunAsync(request, context.CancellationToken);

    public override Task<DeleteFolderResponse> DeleteFolder(DeleteFolderRequest request, ServerCallContext context) =>
        deleteFolder.RunAsync(request, context.CancellationToken);

    public override Task<SubscribeFolderResponse> SubscribeFolder(SubscribeFolderRequest request, ServerCallContext context) =>
        subscribeFolder.RunAsync(request, context.CancellationToken);

    public override Task<RestoreMailboxResponse> RestoreMailbox(RestoreMailboxRequest request, ServerCallContext context) =>
        restoreMailbox.RunAsync(request, context.CancellationToken);

    public override Task<OpenFolderResponse> OpenFolder(OpenFolderRequest request, ServerCallContext context) =>
        openFolder.RunAsync(request, context.CancellationToken);

    public override Task<GetChangesResponse> GetChanges(GetChangesRequest request, ServerCallContext context) =>
        getChanges.RunAsync(request, context.CancellationToken);

    public override Task<ReadIndexResponse> ReadIndex(ReadIndexRequest request, ServerCallContext context) =>
        readIndex.RunAsync(request, context.CancellationToken);

    public override Task FetchItems(
        FetchItemsRequest request, IServerStreamWriter<FetchedItem> responseStream, ServerCallContext context) =>
        fetchItems.RunAsync(request, responseStream, context.CancellationToken);

    public override Task<StoreFlagsResponse> StoreFlags(StoreFlagsRequest request, ServerCallContext context) =>
        storeFlags.RunAsync(request, context.CancellationToken);

    public override Task<ExpungeResponse> Expunge(ExpungeRequest request, ServerCallContext context) =>
        expunge.RunAsync(request, context.CancellationToken);

    public override Task<CopyItemsResponse> CopyItems(CopyItemsRequest request, ServerCallContext context) =>
        copyItems.RunAsync(request, context.CancellationToken);

    public override Task<AppendResponse> Append(IAsyncStreamReader<AppendRequest> requestStream, ServerCallContext context) =>
        append.RunAsync(requestStream, context.CancellationToken);

    public override Task<SearchResponse> Search(SearchRequest request, ServerCallContext context) =>
        search.RunAsync(request, context.CancellationToken);

    public override Task<GetPropertiesResponse> GetProperties(GetPropertiesRequest request, ServerCallContext context) =>
        getProperties.RunAsync(request, context.CancellationToken);

    public override Task<SetPropertiesResponse> SetProperties(SetPropertiesRequest request, ServerCallContext context) =>
        setProperties.RunAsync(request, context.CancellationToken);

    public override Task Watch(
        IAsyncStreamReader<WatchRequest> requestStream, IServerStreamWriter<MailboxChanged> responseStream, ServerCallContext context) =>
        watch.RunAsync(requestStream, responseStream, context.CancellationToken);
}
