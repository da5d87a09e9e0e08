using System.Text;
using Mailstead.Mailboxes.Properties;

namespace Mailstead.Unit.Mailboxes;

/// <summary>Bags in octets: one form each, and nothing else is one.</summary>
public sealed class PropertyBagTests
{
    private static readonly Guid OwnSet = new("11112222-3333-4444-5555-666677778888");

    [Fact]
    public void Every_type_and_every_kind_of_name_comes_back_in_the_same_octets()
    {
        var bag = Sample();

        var octets = PropertyBagFormat.Write(bag);
        var read = PropertyBagFormat.Read(octets);

        Assert.NotNull(read);
        Assert.Equal(bag.All, read.All);
        Assert.Equal(octets, PropertyBagFormat.Write(read));
        Assert.Equal(Enum.GetValues<PropertyType>().Length + 3, read.Count);
    }

    [Fact]
    public void A_bag_that_is_cut_off_or_goes_on_is_none()
    {
        var octets = PropertyBagFormat.Write(Sample());

        for (var length = 0; length < octets.Length; length++)
            Assert.Null(PropertyBagFormat.Read(octets.AsMemory(0, length)));
        Assert.Null(PropertyBagFormat.Read((byte[])[.. octets, 0]));
    }

    [Fact]
    public void Changed_octets_are_another_bag_or_none_and_never_a_crash()
    {
        var octets = PropertyBagFormat.Write(Sample());
        var random = new Random(7);

        for (var i = 0; i < 200_000; i++)
        {
            var changed = (byte[])octets.Clone();
            for (var flips = random.Next(1, 4); flips > 0; flips--)
                changed[random.Next(changed.Length)] = (byte)random.Next(256);
            if (PropertyBagFormat.Read(changed) is { } bag)
                Assert.Equal(changed, PropertyBagFormat.Write(bag));
        }
    }

    [Theory]
    [InlineData("02 00")]                                     // of a later version
    [InlineData("01 02 00 10 00 0B 00 01 01 00 10 00 0B 00 01 01")] // the same name twice
    [InlineData("01 02 00 11 00 0B 00 01 01 00 10 00 0B 00 01 01")] // out of order
    [InlineData("01 81 00 00 10 00 0B 00 01 01")]             // a number not in its shortest form
    [InlineData("01 01 00 10 00 0B 00 01 02")]                // neither true nor false
    [InlineData("01 01 00 10 00 77 00 01 00")]                // no such type
    [InlineData("01 01 00 10 80 0B 00 01 01")]                // a tag whose id stands for a name
    [InlineData("01 01 00 00 00 0B 00 01 01")]                // no tag
    [InlineData("01 01 00 10 00 1F 00 02 C3 28")]             // no UTF-8
    [InlineData("01 01 00 10 00 1F 00 01 00")]                // NUL in a string
    [InlineData("01 01 00 10 00 1F 10 02 05 61")]             // a value that is longer than all of them
    [InlineData("01 01 00 10 00 03 10 05 00 00 00 00 00")]    // no whole number of numbers
    [InlineData("01 01 00 10 00 40 00 08 FF FF FF FF FF FF FF FF")] // a time before times began
    [InlineData("01 01 02 00 00 0B 00 01 01")]                // a name without a name
    [InlineData("01 FF FF FF FF 0F")]                         // four thousand million properties
    [InlineData("01 01 00 10 00 02 01 FF FF FF FF 0F")]       // four thousand million octets
    public void What_is_no_bag_is_none(string hex) =>
        Assert.Null(PropertyBagFormat.Read(Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal))));

    [Fact]
    public void A_known_set_has_one_form()
    {
        var bag = new PropertyBag();
        bag.Set(PropertyKey.OfLid(PropertySets.Task, 1), PropertyValue.Of(true));
        var octets = PropertyBagFormat.Write(bag);
        byte[] spelledOut = [.. octets[..3], 255, .. PropertySets.Task.ToByteArray(bigEndian: true), .. octets[4..]];

        Assert.NotNull(PropertyBagFormat.Read(octets));
        Assert.Null(PropertyBagFormat.Read(spelledOut));
    }

    [Fact]
    public void Limits_hold_at_the_limit_and_one_past_it()
    {
        Assert.NotNull(PropertyValue.Find(PropertyType.Binary, new byte[PropertyLimits.ValueOctetsMax]));
        Assert.Null(PropertyValue.Find(PropertyType.Binary, new byte[PropertyLimits.ValueOctetsMax + 1]));
        Assert.True(PropertyKey.IsName(new string('ü', PropertyLimits.NameMax)));
        Assert.False(PropertyKey.IsName(new string('ü', PropertyLimits.NameMax + 1)));
        Assert.NotNull(PropertyBagFormat.Read(PropertyBagFormat.Write(OfCount(PropertyLimits.CountMax))));
        Assert.Null(PropertyBagFormat.Read(PropertyBagFormat.Write(OfCount(PropertyLimits.CountMax + 1))));
    }

    [Fact]
    public void Names_of_header_fields_are_the_same_in_any_case_and_others_are_not()
    {
        Assert.Equal(PropertyKey.OfName(PropertySets.InternetHeaders, "X-Thing"),
            PropertyKey.OfName(PropertySets.InternetHeaders, "x-thing"));
        Assert.NotEqual(PropertyKey.OfName(OwnSet, "Thing"), PropertyKey.OfName(OwnSet, "thing"));
    }

    [Fact]
    public void Texts_end_where_protocols_end_them_and_fit_a_value()
    {
        Assert.Equal("before", PropertyValue.Of("before\0after").AsText());
        Assert.True(PropertyValue.Of(new string('€', PropertyLimits.ValueOctetsMax))
            .Octets.Length <= PropertyLimits.ValueOctetsMax);
        Assert.Equal(0, BitConverter.ToInt64(PropertyValue.Of(DateTimeOffset.MinValue).Octets.Span));
    }

    private static PropertyBag OfCount(int count)
    {
        var bag = new PropertyBag();
        for (var lid = 0; lid < count; lid++)
            bag.Set(PropertyKey.OfLid(OwnSet, (uint)lid), PropertyValue.Of(lid));
        return bag;
    }

    private static PropertyBag Sample()
    {
        var bag = new PropertyBag();
        foreach (var (type, index) in Enum.GetValues<PropertyType>().Select((type, index) => (type, index)))
            bag.Set(PropertyKey.OfTag((ushort)(index + 1)),
                PropertyValue.Find(type, ValueOf(type)) ?? throw new InvalidOperationException($"{type}"));
        bag.Set(PropertyKey.OfLid(PropertySets.Appointment, 0x820D), PropertyValue.Of(DateTimeOffset.UnixEpoch));
        bag.Set(PropertyKey.OfName(PropertySets.PublicStrings, "Keywords"), PropertyValue.Of(["one", "", "drei ✓"]));
        bag.Set(PropertyKey.OfName(OwnSet, "ours"), PropertyValue.Of("text"));
        return bag;
    }

    private static byte[] ValueOf(PropertyType type) => type switch
    {
        PropertyType.Boolean => [1],
        PropertyType.Integer16 => [1, 2],
        PropertyType.Integer32 or PropertyType.Floating32 or PropertyType.ErrorCode => [1, 2, 3, 4],
        PropertyType.Guid => new byte[16],
        PropertyType.String => Encoding.UTF8.GetBytes("größer"),
        PropertyType.MultipleString or PropertyType.MultipleString8 or PropertyType.MultipleBinary => [2, 0x61, 0x62, 0, 1, 0x63],
        PropertyType.MultipleGuid => new byte[32],
        PropertyType.Object or PropertyType.Binary or PropertyType.String8 or PropertyType.ServerId or PropertyType.Restriction
            or PropertyType.RuleAction => [9, 9, 9],
        _ when ((int)type & 0x1000) != 0 => new byte[16],
        _ => [1, 2, 3, 4, 5, 6, 7, 8],
    };
}
