using Mailstead.Protocols.Smtp;

namespace Mailstead.Conversations.Smtp;

/// <summary>Each ESMTP extension that EHLO names, as its RFC wants it spoken.</summary>
public sealed class ExtensionScripts
{
    private const string Open = "C: MAIL FROM:<a@b.test>\nS: 250 …\nC: RCPT TO:<a@foo.com>\nS: 250 …\n";

    private readonly RecordingPolicy policy = new();

    /// <summary>RFC 2920 §3.1: all commands at once, all answers in their order.</summary>
    [Fact]
    public Task PIPELINING_answers_in_order() => PlayAsync(
        """
        C: MAIL FROM:<a@b.test>
        C: RCPT TO:<one@foo.com>
        C: RCPT TO:<nobody@elsewhere.test>
        C: RCPT TO:<two@foo.com>
        C: DATA
        S: 250 2.1.0 …
        S: 250 2.1.5 …
        S: 550 5.1.1 …
        S: 250 2.1.5 …
        S: 354 …
        C: x
        C: .
        C: QUIT
        S: 250 2.0.0 …
        S: 221 2.0.0 …
        """);

    /// <summary>RFC 2920 §3.1: DATA behind refused recipients only gets no 354, and what follows is commands.</summary>
    [Fact]
    public Task DATA_without_a_valid_recipient_is_refused() => PlayAsync(
        """
        C: MAIL FROM:<a@b.test>
        C: RCPT TO:<nobody@elsewhere.test>
        C: DATA
        C: NOOP
        S: 250 …
        S: 550 …
        S: 503 5.5.1 No valid recipients…
        S: 250 2.0.0 OK
        """);

    [Theory]
    [InlineData("BODY=7BIT", "250")]
    [InlineData("BODY=8bitmime", "250")]
    [InlineData("BODY=BINARYMIME", "501")]
    [InlineData("BODY", "501")]
    [InlineData("SIZE", "501")]
    [InlineData("SIZE=-1", "501")]
    [InlineData("SIZE=0", "250")]
    [InlineData("SIZE=1 SIZE=1", "501")]
    [InlineData("SMTPUTF8=1", "501")]
    [InlineData("RET=full", "250")]
    [InlineData("ENVID=a+20b", "250")]
    [InlineData("ENVID=a+2", "501")]
    [InlineData("ENVID=a+0D+0A", "501")]
    [InlineData("=x", "501")]
    public Task MAIL_takes_the_parameters_of_its_extensions(string parameter, string code) =>
        PlayAsync($"C: MAIL FROM:<a@b.test> {parameter}\nS: {code} …");

    /// <summary>RFC 8689 §2: REQUIRETLS exists under TLS only; STARTTLS and AUTH likewise come and go with it.</summary>
    [Fact]
    public Task Under_TLS_the_offer_is_another() => new Engine(policy, Engine.Tls).PlayAsync(
        """
        S: 220 …
        C: EHLO c.test
        S: 250-…
        S: 250-PIPELINING
        S: 250-SIZE 41943040
        S: 250-8BITMIME
        S: 250-SMTPUTF8
        S: 250-CHUNKING
        S: 250-ENHANCEDSTATUSCODES
        S: 250-DSN
        S: 250-LIMITS RCPTMAX=500 MAILMAX=10000
        S: 250 REQUIRETLS
        C: STARTTLS
        S: 503 5.5.1 …
        C: MAIL FROM:<a@b.test> REQUIRETLS
        S: 250 2.1.0 …
        C: RSET
        S: 250 …
        C: MAIL FROM:<a@b.test> REQUIRETLS=1
        S: 501 …
        """);

    /// <summary>RFC 3461 §4.1 and §4.2.</summary>
    [Theory]
    [InlineData("NOTIFY=NEVER", "250")]
    [InlineData("NOTIFY=success,failure,delay", "250")]
    [InlineData("NOTIFY=", "501")]
    [InlineData("NOTIFY=SOMETIMES", "501")]
    [InlineData("NOTIFY=SUCCESS,NEVER", "501")]
    [InlineData("ORCPT=rfc822;a+40b@foo.com", "250")]
    [InlineData("ORCPT=rfc822;a+4", "501")]
    [InlineData("ORCPT=;a@foo.com", "501")]
    [InlineData("FROB", "555")]
    public Task RCPT_takes_the_parameters_of_DSN(string parameter, string code) =>
        PlayAsync($"C: MAIL FROM:<a@b.test>\nS: 250 …\nC: RCPT TO:<a@foo.com> {parameter}\nS: {code} …");

    /// <summary>RFC 3030 §2: the recipients are settled when the first chunk comes.</summary>
    [Fact]
    public Task A_recipient_behind_the_first_chunk_is_refused() => PlayAsync(
        Open + """
        C: BDAT 3
        C: a
        S: 250 2.0.0 3 octets received
        C: RCPT TO:<late@foo.com>
        S: 503 5.5.1 BDAT has begun…
        C: DATA
        S: 503 5.5.1 BDAT has begun…
        C: MAIL FROM:<a@b.test>
        S: 503 5.5.1 …
        C: BDAT 0 LAST
        S: 250 2.0.0 …
        """,
        () => Assert.Equal("a\r\n", policy.Contents.Single()));

    [Theory]
    [InlineData("RSET", "250 2.0.0 OK")]
    [InlineData("EHLO again.test", "250-mx.test greets you")]
    public Task Chunks_are_forgotten_with_their_transaction(string command, string answer) => PlayAsync(
        Open + $"C: BDAT 3\nC: a\nS: 250 …\nC: {command}\nS: {answer}\n" + (command == "RSET" ? "" : string.Concat(Enumerable.Repeat("S: 250…\n", 9)))
        + Open + "C: BDAT 3 LAST\nC: b\nS: 250 …",
        () => Assert.Equal("b\r\n", policy.Contents.Single()));

    /// <summary>RFC 3030 §2: a refused chunk's octets are taken all the same, never read as commands.</summary>
    [Fact]
    public Task A_chunk_out_of_order_is_swallowed() => PlayAsync(
        """
        C: BDAT 6 LAST
        C: QUIT
        S: 503 5.5.1 Say MAIL first
        C: NOOP
        S: 250 2.0.0 OK
        """);

    /// <summary>RFC 5321 §4.5.3.1.10: 452, so that the client sends the rest in another transaction.</summary>
    [Fact]
    public Task The_501st_recipient_comes_with_another_transaction() => PlayAsync(
        "C: MAIL FROM:<a@b.test>\nS: 250 …\n"
        + string.Concat(Enumerable.Range(1, SmtpLimits.RecipientsMax).Select(number => $"C: RCPT TO:<r{number}@foo.com>\nS: 250 2.1.5 …\n"))
        + "C: RCPT TO:<r501@foo.com>\nS: 452 4.5.3 At most 500 recipients…\nC: DATA\nS: 354 …\nC: x\nC: .\nS: 250 2.0.0 …");

    /// <summary>RFC 6531 §3.5: without the parameter an address is ASCII; with it each part may be more.</summary>
    [Theory]
    [InlineData("MAIL FROM:<a@b.test>", "RCPT TO:<dörte@foo.com>", "553 5.6.7")]
    [InlineData("MAIL FROM:<a@b.test> SMTPUTF8", "RCPT TO:<dörte@foo.com>", "250 2.1.5")]
    [InlineData("MAIL FROM:<用户@例子.测试> SMTPUTF8", "RCPT TO:<a@foo.com>", "250 2.1.5")]
    public Task SMTPUTF8_addresses_need_their_parameter(string mail, string rcpt, string answer) =>
        PlayAsync($"C: {mail}\nS: 250 …\nC: {rcpt}\nS: {answer} …");

    /// <summary>RFC 5321 §7.3: nobody learns who is here but by sending mail.</summary>
    [Theory]
    [InlineData("VRFY a@foo.com", "252 2.1.5 …")]
    [InlineData("VRFY nobody@elsewhere.test", "252 2.1.5 …")]
    [InlineData("VRFY", "501 5.5.4 …")]
    [InlineData("EXPN everyone", "502 5.5.1 …")]
    [InlineData("HELP", "214 2.0.0 …")]
    [InlineData("HELP MAIL", "214 2.0.0 …")]
    [InlineData("AUTH PLAIN AGEAYg==", "502 5.5.1 …")]
    [InlineData("noop", "250 2.0.0 OK")]
    [InlineData("QUIT", "221 2.0.0 …")]
    [InlineData("STARTTLS now", "501 5.5.4 …")]
    [InlineData("DATA", "503 5.5.1 Say MAIL first")]
    public Task Each_remaining_verb_has_its_answer(string command, string answer) => PlayAsync($"C: {command}\nS: {answer}");

    private async Task PlayAsync(string script, Action? afterwards = null)
    {
        await new Engine(policy).PlayGreetedAsync(script);
        afterwards?.Invoke();
    }
}
