using Grpc.Core;
using Mailstead.Contracts.Directories.V1;

namespace Mailstead.Hosting;

/// <summary>
/// Asks for live sessions whether they may go on, some at a time. Whoever may not is ended, and so is one for whom nobody can be asked:
/// that one can sign in again as soon as anybody can.
/// </summary>
public sealed class AccessRecheck(DirectoriesApi.DirectoriesApiClient directories)
{
    private const int AtOnce = 16;

    private int runs;

    /// <summary>
    /// How often something has changed. Whoever signs in while that happens may have been granted by what was before, and is not among
    /// the sessions yet: see <see cref="ConfirmAsync"/>.
    /// </summary>
    public int Runs => Volatile.Read(ref runs);

    /// <param name="sessions">Enumerated after the run is counted.</param>
    public Task RunAsync<TSession>(
        IEnumerable<TSession> sessions, Func<TSession, CheckAccessRequest> ask, Action<TSession> end, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref runs);
        return Parallel.ForEachAsync(
            sessions, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken }, async (session, cancel) =>
            {
                if (!await IsGrantedAsync(ask(session), cancel).ConfigureAwait(false))
                    end(session);
            });
    }

    /// <summary>Asked once a session is among those that later runs see. False: it was granted by what is no longer so.</summary>
    /// <param name="runsBefore"><see cref="Runs"/> before it was granted.</param>
    public async ValueTask<bool> ConfirmAsync(int runsBefore, CheckAccessRequest request, CancellationToken cancellationToken) =>
        runsBefore == Runs || await IsGrantedAsync(request, cancellationToken).ConfigureAwait(false);

    private async Task<bool> IsGrantedAsync(CheckAccessRequest request, CancellationToken cancellationToken)
    {
        try
        {
            return (await directories.CheckAccessAsync(request, cancellationToken: cancellationToken).ConfigureAwait(false)).Granted;
        }
        catch (RpcException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }
}
