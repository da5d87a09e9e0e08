using System.Text.Json;
using Mailstead.EndToEnd.Harness;

namespace Mailstead.EndToEnd.MailFlow;

/// <summary>One with functions, and a bucket for what they make of messages.</summary>
public sealed class FunctionWorld() : OutsideWorld("00:05:00", "00:04:00", "gateway A 127.0.1.20\nfunction A 127.0.1.22")
{
    private readonly string authorities = Path.GetTempFileName();

    internal LambdaRuntime Lambda { get; private set; } = null!;

    internal string Organization { get; private set; } = "";

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        using var admin = new AdminApi(Server);
        Organization = await admin.OrganizationAsync();
        var caller = new Aws(Server).Environment;
        await Lambda.SetAsync(new
        {
            mailstead = Server.Http,
            caller = new { aws_access_key_id = caller["AWS_ACCESS_KEY_ID"], aws_secret_access_key = caller["AWS_SECRET_ACCESS_KEY"], region_name = caller["AWS_DEFAULT_REGION"] },
        });
        foreach (var function in new[] { "hello", "add", "slow", "update" })
            await PutRuleAsync(admin, function);
        foreach (var function in new[] { "each", "fail", "nonsense", "missing" })
            await PutRuleAsync(admin, function, fallback: "MOVE_TO_JUNK");
        await PutRuleAsync(admin, "bounce", senders: DemoServer.Carol, direction: "OUTBOUND");
        await PutRuleAsync(admin, "recovering", timeoutMinutes: 5);
        await PutRuleAsync(admin, "hello", senders: "told.example", synchronous: false);
        await PutRuleAsync(admin, "fail", senders: "toldinvain.example", synchronous: false);
        await PutRuleAsync(admin, "https", target: $"https://{SmtpSink.CertificateName}:{Port}/judge");
        // A changed rule acts within five seconds.
        await Task.Delay(TimeSpan.FromSeconds(5));
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await Lambda.DisposeAsync();
    }

    /// <summary>From somebody in the function's domain.</summary>
    internal async Task SendAsync(string function, string subject, params string[] recipients)
    {
        using var session = await SmtpSession.OpenAsync(Server.Smtp);
        await session.MustAsync("EHLO client.example.org", "250");
        var reply = await session.SendMessageAsync(
            $"<x@{function}.example>", recipients.Select(one => $"<{one}>"),
            $"From: x@{function}.example\r\nTo: {recipients[0]}\r\nSubject: {subject}\r\nDate: Tue, 01 Dec 2026 12:00:00 +0000\r\n\r\nHello\r\n");
        Assert.StartsWith("250", reply, StringComparison.Ordinal);
    }

    private protected override async Task<Dictionary<string, string>> SettingsAsync()
    {
        Lambda = await LambdaRuntime.StartAsync();
        var store = (await ClusterEngines.ObjectStoreAsync()).NewOptions();
        store.Bucket = "replacements";
        await Lambda.SetAsync(new { s3 = new { endpoint = store.Endpoint, accessKeyId = store.AccessKeyId, secretAccessKey = store.SecretAccessKey, bucket = store.Bucket } });
        await File.WriteAllTextAsync(authorities, SmtpSink.CertificatePem);
        return new()
        {
            ["MAILSTEAD_Delivery__LambdaEndpoint"] = Lambda.Endpoint,
            ["MAILSTEAD_Delivery__LambdaAccessKeyId"] = LambdaRuntime.AccessKeyId,
            ["MAILSTEAD_Delivery__LambdaSecretAccessKey"] = LambdaRuntime.SecretAccessKey,
            ["MAILSTEAD_Delivery__FunctionAuthorities"] = authorities,
            ["MAILSTEAD_Delivery__MessageFlowS3Endpoint"] = store.Endpoint,
            ["MAILSTEAD_Delivery__MessageFlowS3AccessKeyId"] = store.AccessKeyId,
            ["MAILSTEAD_Delivery__MessageFlowS3SecretAccessKey"] = store.SecretAccessKey,
        };
    }

    /// <summary>A rule for mail from the function's own domain: <c>FUNCTION.example</c>.</summary>
    private Task<JsonElement> PutRuleAsync(
        AdminApi admin, string function, string? senders = null, string direction = "INBOUND", bool synchronous = true, string fallback = "DEFAULT",
        int timeoutMinutes = 0, string? target = null) =>
        admin.CallAsync("MailsteadService.PutMailFlowRule", new
        {
            OrganizationId = Organization,
            Name = $"{function} {direction} {synchronous}",
            Direction = direction,
            Action = "RUN_FUNCTION",
            SenderPatterns = new[] { senders ?? function + ".example" },
            RecipientPatterns = new[] { "*" },
            Function = new { Target = target ?? LambdaRuntime.Arn(function), Synchronous = synchronous, FallbackAction = fallback, TimeoutMinutes = timeoutMinutes },
        });
}
