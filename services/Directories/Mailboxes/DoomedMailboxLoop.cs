using Grpc.Core;
using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Persistence.Databases;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Mailstead.Directories.Mailboxes;

/// <summary>Deletes mailboxes whose time has come. A mailbox is crossed off only when it is gone.</summary>
internal sealed partial class DoomedMailboxLoop(
    [FromKeyedServices("directories")] Database database, MailboxesApi.MailboxesApiClient mailboxes, TimeProvider clock,
    ILogger<DoomedMailboxLoop> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);
    private const int AtOnce = 4;

    private readonly SemaphoreSlim signal = new(0);

    public void Wake() => signal.Release();

    public override void Dispose()
    {
        signal.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            await signal.WaitAsync(Interval, stoppingToken);
            try
            {
                // Some at a time, until none is due or none of them can be deleted now.
                while (await DeleteSomeAsync(stoppingToken) > 0)
                {
                }
            }
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                LogFailed(failure);
            }
        }
    }

    /// <summary>How many are gone.</summary>
    private async Task<int> DeleteSomeAsync(CancellationToken cancellationToken)
    {
        var due = await database.ReadAsync(
            TenantScope.None,
            transaction => DoomedMailboxes.ListDueAsync(transaction, clock.GetUtcNow()), cancellationToken);
        var deleted = 0;
        await Parallel.ForEachAsync(due, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken }, async (mailbox, cancel) =>
        {
            if (await TryDeleteAsync(mailbox.OrganizationId, mailbox.MailboxId, cancel))
                Interlocked.Increment(ref deleted);
        });
        return deleted;
    }

    /// <summary>One that can't be deleted now doesn't keep the others.</summary>
    private async Task<bool> TryDeleteAsync(Guid organizationId, Guid mailboxId, CancellationToken cancellationToken)
    {
        try
        {
            await DeleteAsync(organizationId, mailboxId, cancellationToken);
            return true;
        }
        catch (RpcException failure) when (failure.StatusCode != StatusCode.Cancelled)
        {
            LogFailed(failure);
            return false;
        }
    }

    private async Task DeleteAsync(Guid organizationId, Guid mailboxId, CancellationToken cancellationToken)
    {
        await mailboxes.DeleteMailboxAsync(
            new DeleteMailboxRequest
            {
                Mailbox = new MailboxRef { OrganizationId = organizationId.ToString(), MailboxId = mailboxId.ToString() },
            },
            cancellationToken: cancellationToken);
        await database.WriteAsync(
            TenantScope.Of(organizationId), transaction => DoomedMailboxes.RemoveAsync(transaction, organizationId, mailboxId), cancellationToken);
        LogDeleted(mailboxId, organizationId);
    }

    [LoggerMessage(LogLevel.Information, "Mailbox {MailboxId} of organization {OrganizationId} is deleted")]
    private partial void LogDeleted(Guid mailboxId, Guid organizationId);

    [LoggerMessage(LogLevel.Error, "Deleting mailboxes whose time has come failed")]
    private partial void LogFailed(Exception failure);
}
