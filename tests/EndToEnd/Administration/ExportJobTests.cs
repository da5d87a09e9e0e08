using System.Text.Json;
using Mailstead.EndToEnd.Harness;

namespace Mailstead.EndToEnd.Administration;

/// <summary>Mailbox export jobs as they are taken, told of and cancelled, by Debian's AWS CLI and the AWS SDK for JavaScript.</summary>
public sealed class ExportJobTests(DemoServer demo) : IClassFixture<DemoServer>
{
    private const string Nowhere = "m-00000000000000000000000000000000";
    private const string Role = "arn:aws:iam::123456789012:role/Export";
    private const string Key = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555";

    private readonly Aws aws = new(demo.Server);
    private readonly AwsSdk sdk = new(demo.Server);

    [Fact]
    public async Task A_job_is_started_once_described_listed_and_cancelled()
    {
        var o = await sdk.OrganizationIdAsync("demo");
        string[] there = ["--organization-id", o];
        string[] start = ["start-mailbox-export-job", .. there, "--client-token", "once", "--entity-id", DemoServer.Alice, "--description", "Before she leaves", "--role-arn", Role,
            "--kms-key-arn", Key, "--s3-bucket-name", "archive", "--s3-prefix", "mailboxes/"];
        var id = Text(await aws.WorkMailAsync(start), "JobId");
        Assert.Equal(id, Text(await aws.WorkMailAsync(start), "JobId"));
        string[] job = [.. there, "--job-id", id];

        var running = await aws.WorkMailAsync(["describe-mailbox-export-job", .. job]);
        Assert.Equal(
            $"{await aws.UserIdAsync(o, "alice")} RUNNING {Role} {Key} archive mailboxes/ mailboxes/{id}.zip Before she leaves",
            string.Join(' ', new[] { "EntityId", "State", "RoleArn", "KmsKeyArn", "S3BucketName", "S3Prefix", "S3Path", "Description" }.Select(member => Text(running, member))));
        await aws.WorkMailAsync(["cancel-mailbox-export-job", .. job, "--client-token", "c"]);
        Assert.Equal("CANCELLED", Text(await aws.WorkMailAsync(["describe-mailbox-export-job", .. job]), "State"));
        var listed = (await aws.WorkMailAsync(["list-mailbox-export-jobs", .. there])).GetProperty("Jobs").EnumerateArray().Single(row => Text(row, "JobId") == id);
        Assert.Equal("CANCELLED", Text(listed, "State"));
        Assert.True(listed.TryGetProperty("EndTime", out _));
    }

    [Fact]
    public async Task Each_error_has_its_public_name()
    {
        var o = await sdk.OrganizationIdAsync("demo");
        object Job(string entity, string token, string? bucket = "archive", string organization = "", string key = Key) => new
        {
            OrganizationId = organization.Length > 0 ? organization : o,
            EntityId = entity,
            ClientToken = token,
            RoleArn = Role,
            KmsKeyArn = key,
            S3BucketName = bucket,
            S3Prefix = "x",
        };
        await sdk.ExpectAsync(
            ("CreateGroup", new { OrganizationId = o, Name = "team" }, ""),
            ("CreateUser", new { OrganizationId = o, Name = "asleep", DisplayName = "Asleep" }, ""),
            ("StartMailboxExportJob", Job("bob", "t1"), ""),
            ("StartMailboxExportJob", Job("bob", "t2"), "LimitExceededException"),
            ("StartMailboxExportJob", Job("carol", "t1"), "InvalidParameterException"),
            ("StartMailboxExportJob", Job("team", "t3"), "InvalidParameterException"),
            ("StartMailboxExportJob", Job("asleep", "t3"), "InvalidParameterException"),
            ("StartMailboxExportJob", Job("nobody", "t3"), "EntityNotFoundException"),
            ("StartMailboxExportJob", Job("carol", "t3", bucket: null), "InvalidParameterException"),
            ("StartMailboxExportJob", Job("carol", "t3", bucket: "a_b"), "InvalidParameterException"),
            ("StartMailboxExportJob", Job("carol", "t3", key: "arn:aws:s3:::no-key-at-all"), "InvalidParameterException"),
            ("StartMailboxExportJob", Job("carol", "t3", organization: Nowhere), "OrganizationNotFoundException"),
            ("DescribeMailboxExportJob", new { OrganizationId = o, JobId = "nothing" }, "EntityNotFoundException"),
            ("DescribeMailboxExportJob", new { OrganizationId = Nowhere, JobId = "nothing" }, "OrganizationNotFoundException"),
            ("CancelMailboxExportJob", new { OrganizationId = o, JobId = "nothing", ClientToken = "c" }, "EntityNotFoundException"),
            ("CancelMailboxExportJob", new { OrganizationId = o, JobId = "$2.JobId", ClientToken = "c" }, ""),
            ("CancelMailboxExportJob", new { OrganizationId = o, JobId = "$2.JobId", ClientToken = "c" }, ""),
            ("StartMailboxExportJob", Job("bob", "t4"), ""),
            ("CancelMailboxExportJob", new { OrganizationId = o, JobId = "$17.JobId", ClientToken = "c" }, ""),
            ("ListMailboxExportJobs", new { OrganizationId = o, NextToken = "x" }, "InvalidParameterException"),
            ("ListMailboxExportJobs", new { OrganizationId = Nowhere }, "OrganizationNotFoundException"));
    }

    private static string Text(JsonElement element, string member) => element.GetProperty(member).GetString()!;
}
