using System.Data.Common;
using Grpc.Core;
using Mailstead.Contracts;
using Mailstead.Hosting.Grpc;
using Mailstead.Protocols.Smtp.Server;

namespace Mailstead.Unit.Hosting;

/// <summary>What fails because of a store passes: callers, and the clients behind them, are told to come again.</summary>
public sealed class StoreFailuresTests
{
    private const int NoSpace = 28;
    private const int TryAgain = 11;

    [Fact]
    public void A_full_disk_a_full_bucket_and_a_full_database_are_the_same_to_callers()
    {
        Assert.Equal(StorageFull.Status, StoreFailures.Of(new IOException("The body could not be stored", new IOException("") { HResult = NoSpace })));
        Assert.Equal(StorageFull.Status, StoreFailures.Of(new Failure("53100", isTransient: false)));
    }

    [Fact]
    public void A_database_or_object_store_that_is_away_makes_the_service_unavailable()
    {
        Assert.Equal(StatusCode.Unavailable, StoreFailures.Of(new Failure(null, isTransient: true))?.StatusCode);
        Assert.Equal(StatusCode.Unavailable, StoreFailures.Of(new Failure("57P01", isTransient: true))?.StatusCode);
        Assert.Equal(StatusCode.Unavailable, StoreFailures.Of(new IOException("", new IOException("") { HResult = TryAgain }))?.StatusCode);
    }

    [Fact]
    public void What_a_service_did_wrong_is_not_blamed_on_its_store()
    {
        Assert.Null(StoreFailures.Of(new Failure("23505", isTransient: false)));
        Assert.Null(StoreFailures.Of(new Failure("40001", isTransient: true)));
        Assert.Null(StoreFailures.Of(new IOException("cut")));
        Assert.Null(StoreFailures.Of(new InvalidOperationException()));
    }

    [Fact]
    public void Senders_are_put_off_by_452_when_there_is_no_room_and_told_552_when_the_message_is_too_large()
    {
        Assert.Equal("4.3.1", SmtpFailures.ToReply(new RpcException(StorageFull.Status)).EnhancedCode);
        Assert.Equal("5.3.4", SmtpFailures.ToReply(new RpcException(new Status(StatusCode.ResourceExhausted, "too many octets"))).EnhancedCode);
    }

    private sealed class Failure(string? state, bool isTransient) : DbException("failed")
    {
        public override string? SqlState => state;

        public override bool IsTransient => isTransient;
    }
}
