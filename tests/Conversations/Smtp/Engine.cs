using System.IO.Pipelines;
using System.Net;
using Mailstead.Protocols.Smtp;

namespace Mailstead.Conversations.Smtp;

/// <summary>The SMTP engine with a policy behind it and no network.</summary>
internal sealed class Engine(RecordingPolicy policy, TlsDetails? tls = null)
{
    public static readonly TlsDetails Tls = new("Tls13", "TLS_AES_256_GCM_SHA384");

    public Task PlayAsync(string script) => Conversation.PlayAsync(RunAsync, script);

    /// <summary>Plays a script behind greeting and HELO.</summary>
    public Task PlayGreetedAsync(string script) => PlayAsync("S: 220 …\nC: HELO c.test\nS: 250 …\n" + script);

    public Task RunAsync(IDuplexPipe transport) =>
        new SmtpSession(
            "1", transport, new IPEndPoint(IPAddress.Loopback, 1), tls, (_, _) => throw new NotSupportedException("No TLS in scripts"), policy,
            new SmtpCommandTable(), TimeProvider.System).RunAsync(CancellationToken.None).ContinueWith(
            run => transport.Output.Complete(run.Exception), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
}
