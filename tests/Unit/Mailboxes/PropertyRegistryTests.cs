using System.Text.RegularExpressions;
using Mailstead.Mailboxes.Properties;

namespace Mailstead.Unit.Mailboxes;

/// <summary>One registry, from which every protocol finds the same property.</summary>
public sealed partial class PropertyRegistryTests
{
    [Fact]
    public void Names_and_keys_are_unique_and_well_formed()
    {
        Assert.True(PropertyRegistry.All.Count > 200, $"{PropertyRegistry.All.Count}");
        Assert.Equal(PropertyRegistry.All.Count, PropertyRegistry.All.Select(property => property.Key).Distinct().Count());
        Assert.Equal(PropertyRegistry.All.Count, PropertyRegistry.All.Select(property => property.Name).Distinct().Count());
        Assert.All(PropertyRegistry.All, property => Assert.True(Enum.IsDefined(property.Type), property.Name));
        Assert.All(PropertyRegistry.All, property => Assert.Matches(KindOf(property.Key), property.Name));
        Assert.All(PropertyRegistry.All.Where(property => property.EwsFieldUri is not null),
            property => Assert.Matches(FieldUri(), property.EwsFieldUri!));
        Assert.All(PropertyRegistry.All.Where(property => property.EasElement is not null),
            property => Assert.Matches(Element(), property.EasElement!));
    }

    [Theory]
    [InlineData("item:Subject", "PidTagSubject")]
    [InlineData("calendar:Start", "PidLidAppointmentStartWhole")]
    [InlineData("contacts:EmailAddress#EmailAddress1", "PidLidEmail1EmailAddress")]
    [InlineData("task:DueDate", "PidLidTaskDueDate")]
    public void A_field_uri_leads_to_its_property(string uri, string name) =>
        Assert.Equal([name], PropertyRegistry.OfEwsFieldUri(uri).Select(property => property.Name));

    [Fact]
    public void The_same_property_is_found_by_every_protocol()
    {
        var start = PropertyRegistry.Find("PidLidAppointmentStartWhole");

        Assert.NotNull(start);
        Assert.Same(start, PropertyRegistry.Find(PropertyKey.OfLid(PropertySets.Appointment, 0x820D)));
        Assert.Contains(start, PropertyRegistry.OfEasElement("Calendar:StartTime"));
        Assert.Contains(start, PropertyRegistry.OfInternetField("dtstart"));
        Assert.Equal(4, PropertyRegistry.OfEwsFieldUri("message:From").Count());
        Assert.Null(PropertyRegistry.Find(PropertyKey.OfTag(0x6FFF)));
        Assert.Empty(PropertyRegistry.OfEwsFieldUri("item:Nothing"));
    }

    private static string KindOf(PropertyKey key) => key.Tag != 0 ? "^PidTag" : key.Name is null ? "^PidLid" : "^PidName";

    [GeneratedRegex("^(item|message|meeting|meetingRequest|calendar|contacts|task):[A-Za-z:]+(#[A-Za-z0-9]+)?$")]
    private static partial Regex FieldUri();

    [GeneratedRegex("^[A-Za-z0-9]+:[A-Za-z0-9]+$")]
    private static partial Regex Element();
}
