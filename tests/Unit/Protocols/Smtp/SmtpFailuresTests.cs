using Grpc.Core;
using Mailstead.Protocols.Smtp;
using Mailstead.Protocols.Smtp.Server;

namespace Mailstead.Unit.Protocols.Smtp;

/// <summary>Only what is wrong with the message itself is refused for good.</summary>
public sealed class SmtpFailuresTests
{
    [Theory]
    [InlineData(StatusCode.ResourceExhausted)] // What gRPC makes of HTTP/2's ENHANCE_YOUR_CALM.
    [InlineData(StatusCode.Internal)]
    [InlineData(StatusCode.InvalidArgument)]
    public void A_call_that_broke_on_its_way_puts_the_message_off(StatusCode code)
    {
        var broken = new RpcException(new Status(code, "Error starting gRPC call.", new HttpRequestException("reset")));

        Assert.Same(SmtpReplies.Unavailable, SmtpFailures.ToReply(broken));
    }
}
