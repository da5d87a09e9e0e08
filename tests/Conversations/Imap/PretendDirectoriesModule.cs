using Grpc.Core;
using Mailstead.Contracts.Directories.V1;
using Mailstead.Hosting.Modules;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Conversations.Imap;

/// <summary>Stands in for the directory: the login is the id of the mailbox, the password <c>secret</c>.</summary>
internal sealed class PretendDirectoriesModule(string organization) : IModule
{
    public string Role => "directories";

    public void Configure(ModuleBuilder module)
    {
        module.Services.AddSingleton<TimeProvider>(new StandingClock());
        module.AddGrpcService<Directory>(DirectoriesApi.BindService);
        module.Services.AddSingleton(new Directory(organization));
    }

    internal sealed class Directory(string organization) : DirectoriesApi.DirectoriesApiBase
    {
        public override Task<AuthenticateResponse> Authenticate(AuthenticateRequest request, ServerCallContext context) =>
            Task.FromResult(request.Password == "secret" && Guid.TryParse(request.Login, out _)
                ? new AuthenticateResponse
                {
                    Result = AuthenticationResult.Granted,
                    Principal = new Principal { OrganizationId = organization, UserId = request.Login, MailboxId = request.Login },
                }
                : new AuthenticateResponse { Result = AuthenticationResult.InvalidCredentials });

        public override Task<ListSharedMailboxesResponse> ListSharedMailboxes(ListSharedMailboxesRequest request, ServerCallContext context) =>
            Task.FromResult(new ListSharedMailboxesResponse());
    }
}
