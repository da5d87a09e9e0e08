using System.Text;
using Mailstead.Admin;
using Mailstead.Admin.Aws;
using Mailstead.Contracts.Admin.V1;

namespace Mailstead.Unit.Admin.Aws;

/// <summary>JSON as AWS's tools write it, and JSON as nobody should.</summary>
public sealed class AwsJsonTests
{
    [Fact]
    public void Members_are_read_by_their_public_names()
    {
        var request = (ListUsersRequest)Read("""{"OrganizationId":"m-1","MaxResults":5,"Filters":{"State":"ENABLED"},"SomethingNew":[1]}""");

        Assert.Equal("m-1", request.OrganizationId);
        Assert.Equal(5, request.MaxResults);
        Assert.Equal(EntityState.Types.Value.Enabled, request.Filters.State);
        Assert.False(request.HasNextToken);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("""{"NextToken":null}""")]
    public void What_is_not_there_is_not_set(string json) => Assert.Equal(new ListUsersRequest(), Read(json));

    [Theory]
    [InlineData("{", "SerializationException")]
    [InlineData("[]", "SerializationException")]
    [InlineData("null", "SerializationException")]
    [InlineData("""{"NextToken":5}""", "SerializationException")]
    [InlineData("""{"NextToken":"\ud800"}""", "SerializationException")]
    [InlineData("""{"MaxResults":"5"}""", "SerializationException")]
    [InlineData("""{"MaxResults":5.5}""", "SerializationException")]
    [InlineData("""{"MaxResults":99999999999}""", "SerializationException")]
    [InlineData("""{"Filters":"none"}""", "SerializationException")]
    [InlineData("""{"Filters":{"State":"SOMEHOW"}}""", "InvalidParameterException")]
    [InlineData("""{"Filters":{"State":"UNSPECIFIED"}}""", "InvalidParameterException")]
    public void What_makes_no_sense_is_an_error_that_clients_know(string json, string error) =>
        Assert.Equal(error, Assert.Throws<AwsErrorException>(() => Read(json)).Error.Type);

    [Fact]
    public void Nesting_without_end_is_refused() =>
        Assert.Equal("SerializationException", Assert.Throws<AwsErrorException>(() => Read("""{"Filters":""" + new string('[', 100_000))).Error.Type);

    [Fact]
    public void Any_text_is_read_or_refused() =>
        Generated.Check(Generated.Text("{", "}", "\"", "NextToken", "Filters", "State", ":", ",", "[", "]", "1e999", "null", "\\ud800", "ENABLED"), text =>
        {
            try
            {
                Read(text);
            }
            catch (AwsErrorException refused)
            {
                Assert.EndsWith("Exception", refused.Error.Type, StringComparison.Ordinal);
            }
        }, 3000);

    [Fact]
    public void Answers_have_public_names_and_leave_out_what_is_not_set()
    {
        var answer = new DescribeOrganizationResponse
        {
            Alias = "ä\"",
            Arn = "arn:x",
            CompletedDate = Google.Protobuf.WellKnownTypes.Timestamp.FromDateTimeOffset(DateTimeOffset.FromUnixTimeMilliseconds(1_500)),
        };

        Assert.Equal("""{"Alias":"\u00E4\u0022","CompletedDate":1.5,"ARN":"arn:x"}""", Encoding.UTF8.GetString(AwsJson.Write(answer)));
    }

    [Theory]
    [InlineData("""{}""", "Value null at 'organizationId' failed to satisfy constraint: Member must not be null")]
    [InlineData("""{"OrganizationId":"m-x"}""", "Value 'm-x' at 'organizationId' failed to satisfy constraint: Member must have length greater than or equal to 34")]
    [InlineData("""{"OrganizationId":"m-0123456789abcdef0123456789abcdeX"}""", "Member must satisfy regular expression pattern: m-[0-9a-f]{32}")]
    [InlineData("""{"OrganizationId":"m-0123456789abcdef0123456789abcdef","MaxResults":101}""", "Member must have value less than or equal to 100")]
    [InlineData("""{"OrganizationId":"m-0123456789abcdef0123456789abcdef"}""", null)]
    [InlineData(
        """{"OrganizationId":"m-0123456789abcdef0123456789abcdef","Filters":{"DisplayNamePrefix":"a\u0000"}}""",
        "Value '***' at 'filters.displayNamePrefix' failed to satisfy constraint: Member must not have control characters")]
    [InlineData(
        """{"OrganizationId":"m-0123456789abcdef0123456789abcdef","NextToken":"a\n"}""", "at 'nextToken' failed to satisfy constraint: Member must not have control characters")]
    [InlineData("""{"OrganizationId":"m-\u0661123456789abcdef0123456789abcdef"}""", "Member must satisfy regular expression pattern")]
    public void Rules_of_the_contract_are_told_as_AWS_tells_them(string json, string? breach)
    {
        var found = RequestRules.FindBreach(Read(json));

        if (breach is null)
            Assert.Null(found);
        else
            Assert.Contains(breach, found, StringComparison.Ordinal);
    }

    private static Google.Protobuf.IMessage Read(string json) => AwsJson.Read(ListUsersRequest.Descriptor, Encoding.UTF8.GetBytes(json));
}
