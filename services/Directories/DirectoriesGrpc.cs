using Grpc.Core;
using Mailstead.Contracts.Directories.V1;
using Mailstead.Directories.AccessControl;
using Mailstead.Directories.AccessKeys;
using Mailstead.Directories.Addresses;
using Mailstead.Directories.ApiLog;
using Mailstead.Directories.Credentials;
using Mailstead.Directories.Groups;
using Mailstead.Directories.Iam;
using Mailstead.Directories.MailFlow;
using Mailstead.Directories.Permissions;

namespace Mailstead.Directories;

/// <summary>What gateways and delivery ask.</summary>
internal sealed class DirectoriesGrpc(
    ResolveRecipients resolve, FindPostmaster postmaster, ExpandGroup expand, Authenticate authenticate, AccessKeyTable accessKeys, SendingRights rights,
    CheckAccess access, SharedMailboxes shared, Authorize authorize, RecordCalls record, ReadMailPolicy mailPolicy)
    : DirectoriesApi.DirectoriesApiBase
{
    public override Task<ResolveRecipientsResponse> ResolveRecipients(ResolveRecipientsRequest request, ServerCallContext context) =>
        resolve.RunAsync(request, context.CancellationToken);

    public override Task<FindPostmasterResponse> FindPostmaster(FindPostmasterRequest request, ServerCallContext context) =>
        postmaster.RunAsync(context.CancellationToken);

    public override Task<ExpandGroupResponse> ExpandGroup(ExpandGroupRequest request, ServerCallContext context) =>
        expand.RunAsync(request, context.CancellationToken);

    public override Task<AuthenticateResponse> Authenticate(AuthenticateRequest request, ServerCallContext context) =>
        authenticate.RunAsync(request, context.CancellationToken);

    public override Task<VerifySignatureResponse> VerifySignature(VerifySignatureRequest request, ServerCallContext context) =>
        accessKeys.VerifyAsync(request, context.CancellationToken);

    public override Task<EnsureAdministratorResponse> EnsureAdministrator(EnsureAdministratorRequest request, ServerCallContext context) =>
        accessKeys.EnsureAdministratorAsync(request, context.CancellationToken);

    public override Task<GetSendingRightsResponse> GetSendingRights(GetSendingRightsRequest request, ServerCallContext context) =>
        rights.RunAsync(request, context.CancellationToken);

    public override Task<CheckAccessResponse> CheckAccess(CheckAccessRequest request, ServerCallContext context) =>
        access.RunAsync(request, context.CancellationToken);

    public override Task<ListSharedMailboxesResponse> ListSharedMailboxes(ListSharedMailboxesRequest request, ServerCallContext context) =>
        shared.RunAsync(request, context.CancellationToken);

    public override Task<AuthorizeResponse> Authorize(AuthorizeRequest request, ServerCallContext context) =>
        authorize.RunAsync(request, context.CancellationToken);

    public override Task<RecordCallsResponse> RecordCalls(RecordCallsRequest request, ServerCallContext context) =>
        record.RunAsync(request, context.CancellationToken);

    public override Task<GetMailPolicyResponse> GetMailPolicy(GetMailPolicyRequest request, ServerCallContext context) =>
        mailPolicy.RunAsync(request, context.CancellationToken);

    public override Task<GetSigningKeysResponse> GetSigningKeys(GetSigningKeysRequest request, ServerCallContext context) =>
        mailPolicy.RunAsync(request, context.CancellationToken);
}
