using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Mailstead.Contracts.Admin.V1;
using Mailstead.Directories.Entities;
using Mailstead.Directories.Organizations;
using Mailstead.Directories.Settings;
using JobState = Mailstead.Contracts.Admin.V1.MailboxExportJobState.Types.Value;

namespace Mailstead.Directories.Exports;

/// <summary>The MailboxExports contract: takes jobs, tells of them and cancels them.</summary>
internal sealed class MailboxExportsGrpc(OrganizationWork work, TimeProvider clock) : MailboxExports.MailboxExportsBase
{
    private const int RunningMax = 10;
    private const int ListedMax = 10_000;
    private static readonly TimeSpan PauseOfMailbox = TimeSpan.FromHours(24);

    private static readonly Records<DescribeMailboxExportJobResponse> Jobs =
        new(RecordKind.MailboxExportJob, DescribeMailboxExportJobResponse.Parser);

    public override async Task<StartMailboxExportJobResponse> StartMailboxExportJob(StartMailboxExportJobRequest request, ServerCallContext context)
    {
        var now = clock.GetUtcNow();
        var id = await work.WriteAsync(
            request.OrganizationId,
            unit => ClientTokens.RunAsync(unit, request.ClientToken, request, now, () => StartAsync(unit, request, now)), context.CancellationToken);
        return new StartMailboxExportJobResponse { JobId = id };
    }

    public override Task<DescribeMailboxExportJobResponse> DescribeMailboxExportJob(
        DescribeMailboxExportJobRequest request, ServerCallContext context) =>
        work.ReadAsync(request.OrganizationId, async unit => (await RequireAsync(unit, request.JobId)).Value, context.CancellationToken);

    public override async Task<ListMailboxExportJobsResponse> ListMailboxExportJobs(ListMailboxExportJobsRequest request, ServerCallContext context)
    {
        var after = PageToken.Read(request.NextToken);
        var count = PageToken.Count(request.HasMaxResults, request.MaxResults);
        var rows = await work.ReadAsync(request.OrganizationId, unit => Jobs.ListAsync(unit, null, after, count + 1), context.CancellationToken);
        var response = new ListMailboxExportJobsResponse { Jobs = { rows.Take(count).Select(row => Summarize(row.RecordId, row.Value)) } };
        if (rows.Count > count)
            response.NextToken = PageToken.Write(rows[count - 1].RecordId);
        return response;
    }

    /// <summary>A job that has ended stays as it ended.</summary>
    public override async Task<CancelMailboxExportJobResponse> CancelMailboxExportJob(
        CancelMailboxExportJobRequest request, ServerCallContext context)
    {
        await work.WriteAsync(
            request.OrganizationId,
            async unit =>
            {
                await unit.LockAsync();
                var job = await RequireAsync(unit, request.JobId);
                if (job.Value.State != JobState.Running)
                    return 0;
                job.Value.State = JobState.Cancelled;
                job.Value.EndTime = Timestamp.FromDateTimeOffset(clock.GetUtcNow());
                return await Jobs.WriteAsync(unit, job.RecordId, job.OwnerId, job.Value);
            },
            context.CancellationToken);
        return new CancelMailboxExportJobResponse();
    }

    private static async ValueTask<string> StartAsync(OrganizationUnit unit, StartMailboxExportJobRequest request, DateTimeOffset now)
    {
        await unit.LockAsync();
        var entity = await unit.RequireAsync(request.EntityId);
        if (entity.Kind == EntityKind.Group)
            throw AdminError.InvalidParameter("EntityId: a group has no mailbox that could be exported");
        if (!entity.IsEnabled)
            throw AdminError.InvalidParameter("EntityId: the mailbox is disabled; enable it with RegisterToWorkMail first");
        var all = await Jobs.ListAsync(unit, null, Guid.Empty, ListedMax);
        if (all.Count(job => job.Value.State == JobState.Running) >= RunningMax)
            throw AdminError.Limit($"At most {RunningMax} mailboxes of an organization are exported at once; wait until one job has ended");
        if (all.Exists(job => job.OwnerId == entity.EntityId && IsInTheWay(job.Value, now)))
            throw AdminError.Limit("A mailbox is exported at most once within 24 hours; start it again later");
        var id = Guid.CreateVersion7(now);
        var job = new DescribeMailboxExportJobResponse
        {
            EntityId = entity.PublicId,
            RoleArn = request.RoleArn,
            KmsKeyArn = request.KmsKeyArn,
            S3BucketName = request.S3BucketName,
            S3Prefix = request.S3Prefix,
            S3Path = $"{request.S3Prefix.TrimEnd('/')}/{id}.zip",
            EstimatedProgress = 0,
            State = JobState.Running,
            StartTime = Timestamp.FromDateTimeOffset(now),
        };
        if (request.HasDescription)
            job.Description = request.Description;
        await Jobs.WriteAsync(unit, id, entity.EntityId, job);
        return id.ToString();
    }

    /// <summary>One that failed or was cancelled may be tried again at once.</summary>
    private static bool IsInTheWay(DescribeMailboxExportJobResponse job, DateTimeOffset now) =>
        job.State is JobState.Running or JobState.Completed && job.StartTime.ToDateTimeOffset() > now - PauseOfMailbox;

    private static async ValueTask<Record<DescribeMailboxExportJobResponse>> RequireAsync(OrganizationUnit unit, string jobId) =>
        (Guid.TryParse(jobId, out var id) ? await Jobs.FindAsync(unit.Transaction, unit.Id, unit.Key, id) : null)
        ?? throw AdminError.EntityNotFound($"The mailbox export job {jobId}");

    private static MailboxExportJob Summarize(Guid id, DescribeMailboxExportJobResponse job)
    {
        var summary = new MailboxExportJob
        {
            JobId = id.ToString(),
            EntityId = job.EntityId,
            S3BucketName = job.S3BucketName,
            S3Path = job.S3Path,
            EstimatedProgress = job.EstimatedProgress,
            State = job.State,
            StartTime = job.StartTime,
            EndTime = job.EndTime,
        };
        if (job.HasDescription)
            summary.Description = job.Description;
        return summary;
    }
}
