using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Mailstead.EndToEnd.Harness;

namespace Mailstead.EndToEnd.Administration;

/// <summary>Access control rules, by Debian's AWS CLI and the AWS SDK for JavaScript, and what they do to IMAP and SMTP.</summary>
public sealed class AccessControlTests(DemoServer demo) : IClassFixture<DemoServer>
{
    private const string Nowhere = "m-00000000000000000000000000000000";
    private static readonly TimeSpan Promised = TimeSpan.FromSeconds(5);

    private readonly Aws aws = new(demo.Server);
    private readonly AwsSdk sdk = new(demo.Server);

    [Fact]
    public async Task A_new_organization_lets_everybody_in_and_one_without_rules_nobody()
    {
        var o = await sdk.OrganizationIdAsync("demo");
        var rules = (await aws.WorkMailAsync("list-access-control-rules", "--organization-id", o)).GetProperty("Rules");
        var first = Assert.Single(rules.EnumerateArray());
        Assert.Equal("Default ALLOW", $"{Text(first, "Name")} {Text(first, "Effect")}");
        await using var session = await ImapLines.SignInAsync(demo, DemoServer.Alice);

        await aws.WorkMailAsync("delete-access-control-rule", "--organization-id", o, "--name", "Default");
        await EndsInTimeAsync(session);
        Assert.Contains("[AUTHORIZATIONFAILED] Access denied by policy", await LoginAsync("127.0.0.1"), StringComparison.Ordinal);
        Assert.StartsWith("535 5.7.8 Access denied by policy", await SubmitAsync(DemoServer.Alice), StringComparison.Ordinal);
        // Whatever the password: a refusal by rule tells nothing of it, nor whether there is such a user.
        Assert.Contains("[AUTHORIZATIONFAILED]", await LoginAsync("127.0.0.1", password: "wrong"), StringComparison.Ordinal);
        Assert.Contains("[AUTHORIZATIONFAILED]", await LoginAsync("127.0.0.1", login: "nobody@demo.mailstead.test"), StringComparison.Ordinal);
        // Mail for them comes in all the same.
        await Tool.MustAsync("swaks", ["--server", $"127.0.0.1:{demo.Server.Smtp}", "--from", "a@example.org", "--to", DemoServer.Alice]);

        await aws.WorkMailAsync("put-access-control-rule", "--organization-id", o, "--name", "Default", "--effect", "ALLOW", "--description", "Everybody");
        Assert.Contains(" OK ", await LoginAsync("127.0.0.1"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Addresses_protocols_and_users_decide_and_live_sessions_follow()
    {
        var o = await sdk.OrganizationIdAsync("demo");
        string[] rule = ["put-access-control-rule", "--organization-id", o, "--name", "no-imap-there"];
        await using var here = await ImapLines.SignInAsync(demo, DemoServer.Alice);
        await using var there = await SignInFromAsync("127.0.0.2");
        using var submitting = await SubmitterAsync(DemoServer.Alice);

        await aws.WorkMailAsync([.. rule, "--effect", "DENY", "--description", "", "--ip-ranges", "127.0.0.2/32", "10.0.0.0/8", "--actions", "IMAP", "ActiveSync"]);

        await EndsInTimeAsync(there);
        Assert.Contains("OK", (await here.SayAsync("NOOP"))[^1], StringComparison.Ordinal);
        Assert.StartsWith("250", await submitting.SayAsync("NOOP"), StringComparison.Ordinal);
        Assert.Contains("[AUTHORIZATIONFAILED]", await LoginAsync("127.0.0.2"), StringComparison.Ordinal);
        Assert.Equal("DENY no-imap-there", await EffectAsync(o, "127.0.0.2", "IMAP", "alice"));
        Assert.Equal("DENY no-imap-there", await EffectAsync(o, "10.200.3.4", "ActiveSync", "bob"));
        Assert.Equal("ALLOW Default", await EffectAsync(o, "127.0.0.2", "SMTP", "alice"));
        Assert.Equal("ALLOW Default", await EffectAsync(o, "2001:db8::1", "IMAP", "alice"));

        // The same rule, for all users but one, and for SMTP: the one goes on.
        var alice = await aws.UserIdAsync(o, "alice");
        using var other = await SubmitterAsync(DemoServer.Bob);
        await aws.WorkMailAsync([.. rule, "--effect", "DENY", "--description", "All but Alice", "--not-user-ids", alice, "--actions", "SMTP", "--not-ip-ranges", "192.0.2.0/24"]);
        Assert.StartsWith("421", await other.ReplyAsync(), StringComparison.Ordinal);
        Assert.StartsWith("250", await submitting.SayAsync("NOOP"), StringComparison.Ordinal);
        Assert.StartsWith("535 5.7.8 Access denied by policy", await SubmitAsync(DemoServer.Bob), StringComparison.Ordinal);
        Assert.StartsWith("235", await SubmitAsync(DemoServer.Alice), StringComparison.Ordinal);
        Assert.Equal("ALLOW Default", await EffectAsync(o, "192.0.2.9", "SMTP", "bob"));
        var rules = (await aws.WorkMailAsync("list-access-control-rules", "--organization-id", o)).GetProperty("Rules").EnumerateArray().ToList();
        Assert.Equal(["Default", "no-imap-there"], rules.Select(one => Text(one, "Name")));
        Assert.Equal(alice, Assert.Single(rules[1].GetProperty("NotUserIds").EnumerateArray()).GetString());

        await aws.WorkMailAsync("delete-access-control-rule", "--organization-id", o, "--name", "no-imap-there");
        Assert.StartsWith("235", await SubmitAsync(DemoServer.Bob), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_error_has_its_public_name()
    {
        var o = await sdk.OrganizationIdAsync("demo");
        object Rule(string name, object? more = null) => Merge(new { OrganizationId = o, Name = name, Effect = "ALLOW", Description = "x" }, more);
        var fill = Enumerable.Range(1, 9).Select(number => ("PutAccessControlRule", Rule($"r{number}"), ""));
        await sdk.ExpectAsync(
        [
            .. fill,
            ("PutAccessControlRule", Rule("eleventh"), "LimitExceededException"),
            ("PutAccessControlRule", Rule("r1", new { Effect = "DENY", Actions = new[] { "IMAP" } }), ""),
            ("PutAccessControlRule", Rule("r1", new { Effect = "PERHAPS" }), "InvalidParameterException"),
            ("PutAccessControlRule", Rule("two words"), "InvalidParameterException"),
            ("PutAccessControlRule", Rule("r1", new { Description = "\u4e2d" }), "InvalidParameterException"),
            ("PutAccessControlRule", Rule("r1", new { Description = (string?)null }), "InvalidParameterException"),
            ("PutAccessControlRule", Rule("r1", new { IpRanges = new[] { "10.0.0.0/33" } }), "InvalidParameterException"),
            ("PutAccessControlRule", Rule("r1", new { IpRanges = new[] { "10.0.0.0" } }), "InvalidParameterException"),
            ("PutAccessControlRule", Rule("r1", new { NotIpRanges = new[] { "2001:db8::/129" } }), "InvalidParameterException"),
            ("PutAccessControlRule", Rule("r1", new { IpRanges = new[] { "2001:db8::/32", "10.1.2.3/8" } }), ""),
            ("PutAccessControlRule", Rule("r1", new { Actions = new[] { "Telnet" } }), "InvalidParameterException"),
            ("PutAccessControlRule", Rule("r1", new { Actions = Enumerable.Repeat("IMAP", 11) }), "InvalidParameterException"),
            ("PutAccessControlRule", Rule("r1", new { UserIds = new[] { "00000000-0000-0000-0000-000000000000" } }), "EntityNotFoundException"),
            ("PutAccessControlRule", Rule("r1", new { ImpersonationRoleIds = new[] { "nothing" } }), "ResourceNotFoundException"),
            ("PutAccessControlRule", Rule("r1", new { OrganizationId = Nowhere }), "OrganizationNotFoundException"),
            ("DeleteAccessControlRule", new { OrganizationId = o, Name = "r1" }, ""),
            ("DeleteAccessControlRule", new { OrganizationId = o, Name = "never-there" }, ""),
            ("DeleteAccessControlRule", new { OrganizationId = Nowhere, Name = "r1" }, "OrganizationNotFoundException"),
            ("ListAccessControlRules", new { OrganizationId = Nowhere }, "OrganizationNotFoundException"),
            ("GetAccessControlEffect", new { OrganizationId = o, IpAddress = "here", Action = "IMAP", UserId = "alice" + "@demo.mailstead.test" }, "InvalidParameterException"),
            ("GetAccessControlEffect", new { OrganizationId = o, IpAddress = "::1", Action = "POP3", UserId = "alice@demo.mailstead.test" }, "InvalidParameterException"),
            ("GetAccessControlEffect", new { OrganizationId = o, IpAddress = "::1", Action = "IMAP" }, "InvalidParameterException"),
            ("GetAccessControlEffect", new { OrganizationId = o, IpAddress = "::1", Action = "IMAP", UserId = "nobody@demo.mailstead.test" }, "EntityNotFoundException"),
            ("GetAccessControlEffect", new { OrganizationId = o, IpAddress = "::1", Action = "IMAP", ImpersonationRoleId = "nothing" }, "ResourceNotFoundException"),
            ("GetAccessControlEffect", new { OrganizationId = Nowhere, IpAddress = "::1", Action = "IMAP", UserId = "alice@demo.mailstead.test" }, "OrganizationNotFoundException"),
            .. Enumerable.Range(2, 8).Select(number => ("DeleteAccessControlRule", (object)new { OrganizationId = o, Name = $"r{number}" }, "")),
        ]);
    }

    private static Dictionary<string, JsonElement> Merge(object one, object? other)
    {
        var merged = JsonSerializer.SerializeToElement(one).EnumerateObject().ToDictionary(member => member.Name, member => member.Value);
        foreach (var member in JsonSerializer.SerializeToElement(other ?? new { }).EnumerateObject())
            merged[member.Name] = member.Value;
        return merged;
    }

    private static string Text(JsonElement element, string member) => element.GetProperty(member).GetString()!;

    /// <summary>Within the time that is promised, from the moment when the operation was answered.</summary>
    private static async Task EndsInTimeAsync(ImapLines session)
    {
        var since = Stopwatch.StartNew();
        var lines = await session.LinesUntilAsync("* BYE");
        Assert.Contains("Your access has changed", lines[^1], StringComparison.Ordinal);
        Assert.True(since.Elapsed < Promised, $"The session went on for {since.Elapsed}");
    }

    private async Task<string> EffectAsync(string organization, string address, string action, string user)
    {
        var id = await aws.UserIdAsync(organization, user);
        // Debian's CLI takes IPv4 alone: its model says at most 15 characters.
        var result = AwsSdk.AnswerOf((await sdk.RunAsync(("GetAccessControlEffect", new { OrganizationId = organization, IpAddress = address, Action = action, UserId = id })))[0]);
        return $"{Text(result, "Effect")} {string.Join(',', result.GetProperty("MatchedRules").EnumerateArray().Select(rule => rule.GetString()))}";
    }

    private async Task<ImapLines> SignInFromAsync(string source)
    {
        var session = await ImapLines.OpenTlsAsync(demo.Server, source);
        await session.LineAsync();
        Assert.Contains(" OK ", (await session.SayAsync($"LOGIN {DemoServer.Alice} \"{demo.PasswordOf(DemoServer.Alice)}\""))[^1], StringComparison.Ordinal);
        return session;
    }

    private async Task<string> LoginAsync(string source, string? login = null, string? password = null)
    {
        await using var session = await ImapLines.OpenTlsAsync(demo.Server, source);
        await session.LineAsync();
        return (await session.SayAsync($"LOGIN {login ?? DemoServer.Alice} \"{password ?? demo.PasswordOf(DemoServer.Alice)}\""))[^1];
    }

    private Task<SmtpSession> SubmitterAsync(string address) => SmtpSession.SignInAsync(demo.Server, address, demo.PasswordOf(address));

    private async Task<string> SubmitAsync(string address)
    {
        using var session = await SmtpSession.OpenAsync(demo.Server.Submission);
        await session.SayAsync("EHLO client.example.org");
        await session.StartTlsAsync();
        await session.SayAsync("EHLO client.example.org");
        return await session.SayAsync(Plain(address));
    }

    private string Plain(string address) =>
        "AUTH PLAIN " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"\0{address}\0{demo.PasswordOf(address)}"));
}
