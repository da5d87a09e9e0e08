using MailKit.Search;
using Mailstead.EndToEnd.Harness;

namespace Mailstead.EndToEnd.Submission;

/// <summary>Python's smtplib on 587: who may send as whom, to how many, and what the server makes of a message.</summary>
public sealed class SmtplibTests(DemoServer demo) : IClassFixture<DemoServer>
{
    private const string Alias = "alice.alias@demo.mailstead.test";

    private readonly Submitter submitter = new(demo);

    [Fact]
    public async Task Many_messages_of_one_session_all_arrive()
    {
        var marker = $"series {Guid.CreateVersion7()}";
        var messages = Enumerable.Range(1, 20).Select(number => Message(DemoServer.Alice, DemoServer.Bob, $"{marker} number {number}")).ToArray();

        var results = await submitter.SmtplibAsync(DemoServer.Alice, messages);

        Assert.All(results.EnumerateArray(), result => Assert.Equal("{}", result.ToString()));
        using var mailbox = await Mailbox.OpenAsync(demo, DemoServer.Bob);
        for (var number = 1; number <= 20; number++)
            await mailbox.WaitForUidAsync($"{marker} number {number}");
        Assert.Equal(20, (await mailbox.Client.Inbox!.SearchAsync(SearchQuery.SubjectContains(marker), TestContext.Current.CancellationToken)).Count);
    }

    [Fact]
    public async Task A_message_gets_what_it_lacks_and_loses_what_is_secret()
    {
        var subject = $"bare {Guid.CreateVersion7()}";
        var text = $"From: {DemoServer.Alice}\r\nTo: {DemoServer.Bob}\r\nBcc: {DemoServer.Carol},\r\n hidden@example.org\r\nSubject: {subject}\r\n\r\nbody\r\n";

        await MustSendAsync(DemoServer.Alice, new { from = DemoServer.Alice, to = new[] { DemoServer.Bob, DemoServer.Carol }, text });

        foreach (var address in new[] { DemoServer.Bob, DemoServer.Carol })
        {
            using var mailbox = await Mailbox.OpenAsync(demo, address);
            var message = await mailbox.WaitForSubjectAsync(subject);
            Assert.False(message.Headers.Contains("Bcc"));
            Assert.DoesNotContain("hidden@example.org", message.ToString(), StringComparison.Ordinal);
            Assert.EndsWith("@localhost", message.MessageId, StringComparison.Ordinal);
            Assert.InRange(message.Date, TimeProvider.System.GetUtcNow().AddMinutes(-10), TimeProvider.System.GetUtcNow().AddMinutes(10));
        }
    }

    [Fact]
    public async Task A_Message_ID_and_a_Date_that_are_there_stay()
    {
        var subject = $"complete {Guid.CreateVersion7()}";
        var text = $"From: {DemoServer.Alice}\r\nSubject: {subject}\r\nMessage-ID: <own@client.example>\r\nDate: Fri, 21 Nov 1997 09:55:06 -0600\r\n\r\nbody\r\n";

        await MustSendAsync(DemoServer.Alice, new { from = DemoServer.Alice, to = new[] { DemoServer.Bob }, text });

        using var mailbox = await Mailbox.OpenAsync(demo, DemoServer.Bob);
        var message = await mailbox.WaitForSubjectAsync(subject);
        Assert.Equal("own@client.example", message.MessageId);
        Assert.Equal(1997, message.Date.Year);
    }

    [Fact]
    public async Task A_user_sends_under_an_alias()
    {
        await AddAliasAsync();
        var subject = $"alias {Guid.CreateVersion7()}";

        await MustSendAsync(DemoServer.Alice, Message(Alias, DemoServer.Bob, subject));

        using var mailbox = await Mailbox.OpenAsync(demo, DemoServer.Bob);
        Assert.Equal($"<{Alias}>", (await mailbox.WaitForSubjectAsync(subject)).Headers["Return-Path"]);
    }

    [Theory]
    [InlineData(DemoServer.Bob, DemoServer.Bob, "")]
    [InlineData("someone@example.org", DemoServer.Alice, "")]
    [InlineData(DemoServer.Alice, DemoServer.Bob, "")]
    [InlineData(DemoServer.Alice, "someone@example.org", "")]
    [InlineData(DemoServer.Alice, DemoServer.Alice, "Sender: bob@demo.mailstead.test\r\n")]
    [InlineData(DemoServer.Alice, "alice@demo.mailstead.test, bob@demo.mailstead.test", "")]
    [InlineData("", DemoServer.Bob, "")]
    public async Task Somebody_elses_address_is_refused_with_a_clear_text(string sender, string author, string more)
    {
        var text = $"From: {author}\r\n{more}Subject: forged\r\n\r\nbody\r\n";

        var results = await submitter.SmtplibAsync(DemoServer.Alice, [new { from = sender, to = new[] { DemoServer.Carol }, text }]);

        Assert.Contains("553", results[0].ToString(), StringComparison.Ordinal);
        Assert.Contains("5.7.1 You may not send as", results[0].ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Subject: no author\r\n\r\nbody\r\n", "needs a From field")]
    [InlineData("From: alice@demo.mailstead.test\r\nFrom: alice@demo.mailstead.test\r\n\r\nbody\r\n", "more than one From field")]
    public async Task A_message_without_one_author_is_refused(string text, string reason)
    {
        var results = await submitter.SmtplibAsync(DemoServer.Alice, [new { from = DemoServer.Alice, to = new[] { DemoServer.Carol }, text }]);

        Assert.Contains("554", results[0].ToString(), StringComparison.Ordinal);
        Assert.Contains(reason, results[0].ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Five_hundred_recipients_are_taken_and_the_next_is_put_off()
    {
        var recipients = Enumerable.Range(1, 500).Select(number => $"r{number}@example.org").Append("one.more@example.org").ToArray();

        var results = await submitter.SmtplibAsync(
            DemoServer.Alice, [new { from = DemoServer.Alice, to = recipients, text = $"From: {DemoServer.Alice}\r\n\r\nx\r\n" }]);

        var refused = results[0].EnumerateObject().Single();
        Assert.Equal("one.more@example.org", refused.Name);
        Assert.Equal("452", refused.Value[0].GetString());
    }

    [Fact]
    public async Task Addresses_and_headers_beyond_ASCII_go_through()
    {
        var subject = $"Grüße {Guid.CreateVersion7()}";
        var text = $"From: Alice <{DemoServer.Alice}>\r\nTo: Dörte <dörte@exämple.org>\r\nSubject: {subject}\r\n\r\nschön\r\n";

        await MustSendAsync(
            DemoServer.Alice, new { from = DemoServer.Alice, to = new[] { DemoServer.Bob, "dörte@exämple.org" }, text, options = new[] { "SMTPUTF8", "BODY=8BITMIME" } });

        using var mailbox = await Mailbox.OpenAsync(demo, DemoServer.Bob);
        var message = await mailbox.WaitForSubjectAsync(subject);
        Assert.Contains("UTF8SMTPSA", message.Headers["Received"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_local_recipient_that_does_not_exist_is_refused_at_once()
    {
        var results = await submitter.SmtplibAsync(
            DemoServer.Alice, [new { from = DemoServer.Alice, to = new[] { "nobody@demo.mailstead.test", DemoServer.Bob }, text = $"From: {DemoServer.Alice}\r\n\r\nx\r\n" }]);

        var refused = results[0].EnumerateObject().Single();
        Assert.Equal("nobody@demo.mailstead.test", refused.Name);
        Assert.Contains("5.1.1", refused.Value[1].GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_password_is_told_plainly_and_guessing_is_slowed_down()
    {
        Assert.Contains("5.7.8 Authentication credentials invalid", await GuessAsync(1), StringComparison.Ordinal);

        var answer = "";
        for (var attempt = 2; attempt < 30 && !answer.Contains("Too many failed attempts", StringComparison.Ordinal); attempt++)
            answer = await GuessAsync(attempt);

        Assert.Contains("4.7.0 Too many failed attempts: try again in", answer, StringComparison.Ordinal);
        await MustSendAsync(DemoServer.Alice, Message(DemoServer.Alice, DemoServer.Bob, "while another is guessed at"));
    }

    [Fact]
    public async Task Without_TLS_nobody_signs_in()
    {
        using var session = await SmtpSession.OpenAsync(demo.Server.Submission);

        Assert.DoesNotContain("AUTH", await session.SayAsync("EHLO client.example.org"), StringComparison.Ordinal);
        Assert.StartsWith("538 5.7.11", await session.SayAsync("AUTH PLAIN AGEAYg=="), StringComparison.Ordinal);
        Assert.StartsWith("530 5.7.0", await session.SayAsync($"MAIL FROM:<{DemoServer.Alice}>"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Three_failed_attempts_end_the_connection()
    {
        using var session = await SmtpSession.OpenAsync(demo.Server.Submission);
        await session.SayAsync("EHLO client.example.org");
        await session.StartTlsAsync();
        Assert.Contains("AUTH PLAIN LOGIN", await session.SayAsync("EHLO client.example.org"), StringComparison.Ordinal);

        Assert.StartsWith("504 5.5.4", await session.SayAsync("AUTH CRAM-MD5"), StringComparison.Ordinal);
        Assert.StartsWith("334", await session.SayAsync("AUTH LOGIN"), StringComparison.Ordinal);
        Assert.StartsWith("501 5.7.0", await session.SayAsync("*"), StringComparison.Ordinal);
        Assert.StartsWith("501 5.5.2", await session.SayAsync("AUTH PLAIN nobase64!"), StringComparison.Ordinal);
        for (var attempt = 0; attempt < 3; attempt++)
            Assert.StartsWith("535 5.7.8", await session.SayAsync("AUTH PLAIN " + Plain($"nobody{attempt}@demo.mailstead.test")), StringComparison.Ordinal);

        Assert.StartsWith("421 4.7.0", await session.ReplyAsync(), StringComparison.Ordinal);
        Assert.Equal("", await session.ReplyAsync());
    }

    private static string Plain(string login) => Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"\0{login}\0Wrong-password-1"));

    private static object Message(string from, string to, string subject) =>
        new { from, to = new[] { to }, text = $"From: {from}\r\nTo: {to}\r\nSubject: {subject}\r\n\r\nbody\r\n" };

    private async Task<string> GuessAsync(int attempt) =>
        (await submitter.SmtplibAsync(DemoServer.Carol, [], $"Wrong-password-{attempt}"))[0].ToString();

    private async Task MustSendAsync(string user, object message)
    {
        var results = await submitter.SmtplibAsync(user, [message]);
        Assert.Equal("{}", results[0].ToString());
    }

    private async Task AddAliasAsync()
    {
        var aws = new Aws(demo.Server);
        var organization = await aws.OrganizationIdAsync("demo");
        var alice = await aws.UserIdAsync(organization, "alice");
        await aws.WorkMailAsync("create-alias", "--organization-id", organization, "--entity-id", alice, "--alias", Alias);
    }
}
