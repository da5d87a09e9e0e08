using System.Globalization;
using System.Text.Json;
using Google.Protobuf.WellKnownTypes;
using Mailstead.Contracts.CloudTrail.V1;
using Mailstead.Hosting;
using Mailstead.Hosting.ApiLog;
using Mailstead.Keys.Grants;
using Mailstead.Keys.Providers;

namespace Mailstead.Keys.Kms;

/// <summary>What Mailstead itself does with the keys of organizations, in the log of calls: which key for whom, never what.</summary>
internal sealed class KeyUseLog(CallLog log, GrantTable grants, InstallationOptions installation, TimeProvider clock)
{
    /// <summary>Nobody's mail waits for the log.</summary>
    public void Write(string operation, string keyArn, string organizationArn)
    {
        var now = clock.GetUtcNow();
        var id = Guid.CreateVersion7(now);
        var isReadOnly = operation != "CreateGrant";
        log.WriteOrDrop(
            new Event
            {
                EventId = id.ToString(),
                EventName = operation,
                ReadOnly = isReadOnly ? "true" : "false",
                EventTime = Timestamp.FromDateTimeOffset(now),
                EventSource = "kms.amazonaws.com",
                Resources =
                {
                    new Resource { ResourceType = "AWS::KMS::Key", ResourceName = keyArn },
                    new Resource { ResourceType = "AWS::WorkMail::Organization", ResourceName = organizationArn[(organizationArn.LastIndexOf('/') + 1)..] },
                },
                CloudTrailEvent = JsonSerializer.Serialize(RecordOf(id, now, operation, keyArn, organizationArn, isReadOnly)),
            });
    }

    private Dictionary<string, object?> RecordOf(
        Guid id, DateTimeOffset now, string operation, string keyArn, string organizationArn, bool isReadOnly) => new()
        {
            ["eventVersion"] = "1.08",
            ["userIdentity"] = new { type = "AWSService", invokedBy = grants.Service },
            ["eventTime"] = now.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
            ["eventSource"] = "kms.amazonaws.com",
            ["eventName"] = operation,
            ["awsRegion"] = installation.Region,
            ["sourceIPAddress"] = grants.Service,
            ["userAgent"] = grants.Service,
            ["requestParameters"] = new Dictionary<string, object>
            {
                ["encryptionContext"] = new Dictionary<string, string> { [EncryptionContext.OrganizationArn] = organizationArn },
                ["keyId"] = keyArn,
            },
            ["responseElements"] = null,
            ["requestID"] = id.ToString(),
            ["eventID"] = id.ToString(),
            ["readOnly"] = isReadOnly,
            ["resources"] = new[] { new { ARN = keyArn, accountId = installation.AccountId, type = "AWS::KMS::Key" } },
            ["eventType"] = "AwsApiCall",
            ["recipientAccountId"] = installation.AccountId,
        };
}
