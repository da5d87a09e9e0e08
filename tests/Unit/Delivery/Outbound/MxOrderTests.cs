using DnsClient;
using DnsClient.Protocol;
using Mailstead.Delivery.Outbound;

namespace Mailstead.Unit.Delivery.Outbound;

/// <summary>RFC 5321 §5.1.</summary>
public sealed class MxOrderTests
{
    [Fact]
    public void Lower_preference_comes_first() =>
        Assert.Equal(["a.example", "b.example", "c.example"], MxOrder.Of([Mx(30, "c.example."), Mx(10, "a.example."), Mx(20, "b.example.")], "us"));

    [Fact]
    public void Equals_take_turns()
    {
        var first = Enumerable.Range(0, 200).Select(_ => MxOrder.Of([Mx(10, "a.example."), Mx(10, "b.example.")], "us")[0]);

        Assert.Equal(2, first.Distinct().Count());
    }

    [Fact]
    public void From_our_own_name_on_nobody_is_tried() =>
        Assert.Equal(
            ["a.example"], MxOrder.Of([Mx(10, "a.example."), Mx(20, "US.example."), Mx(20, "peer.example."), Mx(30, "b.example.")], "us.example"));

    [Fact]
    public void Where_we_are_the_best_there_is_nobody() =>
        Assert.Empty(MxOrder.Of([Mx(10, "us.example."), Mx(20, "b.example.")], "us.example"));

    [Fact]
    public void No_more_than_ten_are_tried() =>
        Assert.Equal(10, MxOrder.Of(Enumerable.Range(0, 50).Select(i => Mx(i, $"h{i}.example.")), "us").Count);

    private static MxRecord Mx(int preference, string exchange) =>
        new(new ResourceRecordInfo("example.", ResourceRecordType.MX, QueryClass.IN, 60, 0), (ushort)preference, DnsString.Parse(exchange));
}
