using System.IO.Pipelines;
using System.Text;
using Mailstead.Protocols.Smtp;

namespace Mailstead.Conversations.Smtp;

/// <summary>What the SMTP engine says to what, whatever the policy behind it.</summary>
public sealed class SmtpScripts
{
    private readonly RecordingPolicy policy = new();

    [Fact]
    public Task A_message_goes_through_as_RFC_5321_appendix_D_shows() => PlayAsync(
        """
        S: 220 mx.test ESMTP ready
        C: EHLO bar.com
        S: 250-mx.test greets you
        S: 250-PIPELINING
        S: 250-SIZE 41943040
        S: 250-8BITMIME
        S: 250-SMTPUTF8
        S: 250-CHUNKING
        S: 250-ENHANCEDSTATUSCODES
        S: 250-DSN
        S: 250-LIMITS RCPTMAX=500 MAILMAX=10000
        S: 250 STARTTLS
        C: MAIL FROM:<Smith@bar.com>
        S: 250 2.1.0 …
        C: RCPT TO:<Jones@foo.com>
        S: 250 2.1.5 …
        C: RCPT TO:<Green@unknown>
        S: 550 5.1.1 …
        C: DATA
        S: 354 …
        C: Blah blah blah...
        C: ..etc. etc. etc.
        C: .
        S: 250 2.0.0 …
        C: QUIT
        S: 221 2.0.0 …
        """,
        () => Assert.Equal("Blah blah blah...\r\n.etc. etc. etc.\r\n", policy.Contents.Single()));

    [Fact]
    public Task Commands_out_of_order_are_told_what_comes_first() => PlayAsync(
        """
        S: 220 …
        C: MAIL FROM:<a@b.test>
        S: 503 5.5.1 Say EHLO first
        C: EHLO c.test
        S: 250-…
        S: 250-…
        S: 250-…
        S: 250-…
        S: 250-…
        S: 250-…
        S: 250-…
        S: 250-…
        S: 250-…
        S: 250 …
        C: RCPT TO:<a@foo.com>
        S: 503 5.5.1 Say MAIL first
        C: DATA
        S: 503 5.5.1 Say MAIL first
        C: MAIL FROM:<a@b.test>
        S: 250 …
        C: DATA
        S: 503 5.5.1 No valid recipients…
        C: MAIL FROM:<a@b.test>
        S: 503 5.5.1 A transaction is open…
        C: RSET
        S: 250 2.0.0 OK
        """);

    [Theory]
    [InlineData("FROB", "500 5.5.1 Unknown command")]
    [InlineData("EHLO", "501 5.5.4 …")]
    [InlineData("HELO a", "250 mx.test")]
    [InlineData("VRFY postmaster", "252 2.1.5 …")]
    [InlineData("NOOP anything", "250 2.0.0 OK")]
    [InlineData("RSET now", "501 5.5.4 …")]
    public Task Each_verb_answers_for_itself(string command, string answer) => PlayAsync($"S: 220 …\nC: {command}\nS: {answer}");

    [Theory]
    [InlineData("MAIL FROM:a@b.test", "501")]
    [InlineData("MAIL FROM:<a@b", "501")]
    [InlineData("MAIL FROM:<@relay.test,@other.test:a@b.test>", "250")]
    [InlineData("MAIL FROM:<>", "250")]
    [InlineData("MAIL FROM:<\"quoted local\"@b.test>", "250")]
    [InlineData("MAIL FROM:<a@[127.0.0.1]>", "250")]
    [InlineData("MAIL FROM:<a@b.test> SIZE=41943040", "250")]
    [InlineData("MAIL FROM:<a@b.test> SIZE=41943041", "552")]
    [InlineData("MAIL FROM:<a@b.test> SIZE=x", "501")]
    [InlineData("MAIL FROM:<a@b.test> BODY=8BITMIME RET=HDRS ENVID=QQ314159", "250")]
    [InlineData("MAIL FROM:<a@b.test> RET=NOTHING", "501")]
    [InlineData("MAIL FROM:<a@b.test> FROB=1", "555")]
    [InlineData("MAIL FROM:<a@b.test> REQUIRETLS", "501")]
    [InlineData("MAIL FROM:<ä@b.test>", "553")]
    [InlineData("MAIL FROM:<ä@b.test> SMTPUTF8", "250")]
    public Task MAIL_knows_its_grammar(string command, string code) => PlayAsync($"S: 220 …\nC: HELO c.test\nS: 250 …\nC: {command}\nS: {code}…");

    [Theory]
    [InlineData("RCPT TO:<a@foo.com> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;a@foo.com", "250")]
    [InlineData("RCPT TO:<a@foo.com> NOTIFY=NEVER,SUCCESS", "501")]
    [InlineData("RCPT TO:<a@foo.com> ORCPT=nothing", "501")]
    [InlineData("RCPT TO:<>", "501")]
    [InlineData("RCPT TO:<a..b@foo.com>", "501")]
    public Task RCPT_knows_its_grammar(string command, string code) =>
        PlayAsync($"S: 220 …\nC: HELO c.test\nS: 250 …\nC: MAIL FROM:<a@b.test>\nS: 250 …\nC: {command}\nS: {code}…");

    [Fact]
    public Task BDAT_takes_chunks_until_the_last() => PlayAsync(
        """
        S: 220 …
        C: HELO c.test
        S: 250 …
        C: MAIL FROM:<a@b.test>
        S: 250 …
        C: RCPT TO:<a@foo.com>
        S: 250 …
        C: BDAT 7
        C: first
        S: 250 2.0.0 7 octets received
        C: BDAT 9 LAST
        C: .second
        S: 250 2.0.0 …
        """,
        () => Assert.Equal("first\r\n.second\r\n", policy.Contents.Single()));

    [Theory]
    [InlineData("\n.\n")]
    [InlineData("\r.\r")]
    [InlineData("\n.\r\n")]
    [InlineData("\r\n.\n")]
    [InlineData("\r\n.\r")]
    [InlineData("\r\n.\rX")]
    [InlineData("\r.\r\n")]
    public async Task Nothing_but_CRLF_dot_CRLF_ends_a_message_however_it_is_cut(string falseEnd)
    {
        var octets = Encoding.ASCII.GetBytes($"HELO c\r\nMAIL FROM:<a@b.test>\r\nRCPT TO:<a@foo.com>\r\nDATA\r\nbody{falseEnd}QUIT\r\n.\r\nNOOP\r\n");
        for (var cut = 1; cut < octets.Length; cut++)
        {
            var answers = await AnswersAsync(octets[..cut], octets[cut..]);
            Assert.Equal(["220", "250", "250", "250", "354", "554", "250"], answers);
        }

        Assert.Empty(policy.Contents);
    }

    [Fact]
    public async Task Endless_lines_cost_no_memory_and_are_told_so()
    {
        var endless = new byte[3_000_000];
        Array.Fill(endless, (byte)'x');
        var answers = await AnswersAsync(endless, "\r\nNOOP\r\n"u8.ToArray());

        Assert.Equal(["220", "500", "250"], answers);
    }

    /// <summary>RFC 5322 §2.3 and §4: NUL was obsolete twenty years ago, and BINARYMIME is not offered.</summary>
    [Fact]
    public async Task A_message_with_NUL_is_refused_whole()
    {
        const string begin = "MAIL FROM:<a@b.test>\r\nRCPT TO:<a@foo.com>\r\n";
        var answers = await AnswersAsync(
            Encoding.ASCII.GetBytes($"HELO c\r\n{begin}DATA\r\nSubject: x\r\n\r\n"), "a\0"u8.ToArray(), "b\r\n.\r\n"u8.ToArray(),
            Encoding.ASCII.GetBytes($"{begin}BDAT 3\r\na\0bBDAT 3 LAST\r\nc\r\n{begin}DATA\r\nwithout\r\n.\r\n"));

        Assert.Equal(["220", "250", "250", "250", "354", "554", "250", "250", "250", "554", "250", "250", "354", "250"], answers);
        Assert.Equal("without\r\n", Assert.Single(policy.Contents));
    }

    [Fact]
    public async Task Random_input_never_breaks_the_server()
    {
        var valid = Encoding.ASCII.GetBytes("EHLO c\r\nMAIL FROM:<a@b.test> SIZE=5\r\nRCPT TO:<a@foo.com> NOTIFY=NEVER\r\nDATA\r\nx\r\n.\r\nBDAT 3 LAST\r\nabcQUIT\r\n");
        var random = new Random(5321);
        for (var round = 0; round < 400; round++)
        {
            var octets = (byte[])valid.Clone();
            for (var change = random.Next(1, 10); change > 0; change--)
                octets[random.Next(octets.Length)] = (byte)random.Next(256);
            var answers = await AnswersAsync(octets);
            Assert.Equal("220", answers[0]);
        }
    }

    private async Task PlayAsync(string script, Action? afterwards = null)
    {
        await Conversation.PlayAsync(RunAsync, script);
        afterwards?.Invoke();
    }

    private Task RunAsync(IDuplexPipe transport) => new Engine(policy).RunAsync(transport);

    /// <summary>The codes of all replies to these octets, sent in these pieces.</summary>
    private async Task<List<string>> AnswersAsync(params byte[][] pieces)
    {
        var toServer = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
        var toClient = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
        var running = RunAsync(new Side(toServer.Reader, toClient.Writer));
        foreach (var piece in pieces)
            await toServer.Writer.WriteAsync(piece);
        await toServer.Writer.CompleteAsync();
        await running.WaitAsync(TimeSpan.FromSeconds(20));
        using var reader = new StreamReader(toClient.Reader.AsStream(), Encoding.UTF8);
        var lines = (await reader.ReadToEndAsync()).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        return [.. lines.Where(line => line.Length < 4 || line[3] == ' ').Select(line => line[..3])];
    }

    private sealed record Side(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
