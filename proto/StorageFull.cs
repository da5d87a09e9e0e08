using Grpc.Core;

namespace Mailstead.Contracts;

/// <summary>What a service answers when nothing more can be stored, on a disk, in a database or in an object store, until somebody makes room.</summary>
public static class StorageFull
{
    public const string Detail = "There is no room to store more now";

    public static Status Status { get; } = new(StatusCode.ResourceExhausted, Detail);

    /// <summary>Other limits answer <see cref="StatusCode.ResourceExhausted"/> as well: these are the caller's, and asking again doesn't help.</summary>
    public static bool IsToldBy(RpcException failure) => failure.StatusCode == StatusCode.ResourceExhausted && failure.Status.Detail == Detail;
}
