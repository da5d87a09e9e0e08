using Grpc.Core;
using Mailstead.Contracts.Kms.V1;

namespace Mailstead.Keys.Kms;

/// <summary>Who calls, from the metadata that the admin API's edge sends along.</summary>
internal static class CallerOf
{
    private const string Header = "mailstead-caller-bin";

    public static Caller Context(ServerCallContext context) => context.RequestHeaders.GetValueBytes(Header) is { } octets
        ? Caller.Parser.ParseFrom(octets)
        : throw new RpcException(new Status(StatusCode.Unauthenticated, $"{Header} says who calls, and is missing"));
}
