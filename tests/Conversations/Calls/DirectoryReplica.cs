using System.Collections.Concurrent;
using Grpc.Core;
using Mailstead.Contracts.Directories.V1;
using Mailstead.Hosting.Modules;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Conversations.Calls;

/// <summary>A replica of the role directories that remembers what it was asked.</summary>
internal sealed class DirectoryReplica : DirectoriesApi.DirectoriesApiBase, IModule
{
    public ConcurrentQueue<string> Logins { get; } = new();

    public DateTime LastDeadline { get; private set; }

    public string Role => "directories";

    public void Configure(ModuleBuilder module)
    {
        module.AddGrpcService<DirectoryReplica>(DirectoriesApi.BindService);
        module.Services.AddSingleton(this);
    }

    public override async Task<AuthenticateResponse> Authenticate(AuthenticateRequest request, ServerCallContext context)
    {
        Logins.Enqueue(request.Login);
        LastDeadline = context.Deadline;
        if (request.Login == "slow")
            await Task.Delay(Timeout.Infinite, context.CancellationToken);
        if (request.Login == "surprise")
            throw new InvalidOperationException("A secret of the implementation");
        return new AuthenticateResponse { Result = AuthenticationResult.InvalidCredentials };
    }
}

/// <summary>A caller of the directory with a role of the test's choice.</summary>
internal sealed class CallerModule(string role) : IModule
{
    public string Role => role;

    public void Configure(ModuleBuilder module) => module.AddGrpcClient(invoker => new DirectoriesApi.DirectoriesApiClient(invoker));
}
