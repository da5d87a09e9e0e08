using System.Text.Json;
using Mailstead.EndToEnd.Harness;

namespace Mailstead.EndToEnd.Administration;

/// <summary>Tags of an organization, by Debian's AWS CLI and the AWS SDK for JavaScript.</summary>
public sealed class TagTests(DemoServer demo) : IClassFixture<DemoServer>
{
    private readonly Aws aws = new(demo.Server);
    private readonly AwsSdk sdk = new(demo.Server);

    [Fact]
    public async Task Tags_are_put_replaced_listed_and_removed()
    {
        var arn = await ArnAsync();
        await aws.WorkMailAsync("tag-resource", "--resource-arn", arn, "--tags", "Key=stage,Value=trial", "Key=cost centre,Value=4711", "Key=empty,Value=");
        await aws.WorkMailAsync("tag-resource", "--resource-arn", arn, "--tags", "Key=stage,Value=live", "Key=Stage,Value=another key");
        Assert.Equal(["Stage=another key", "cost centre=4711", "empty=", "stage=live"], await ListAsync(arn));
        await aws.WorkMailAsync("untag-resource", "--resource-arn", arn, "--tag-keys", "stage", "never there", "empty");
        Assert.Equal(["Stage=another key", "cost centre=4711"], await ListAsync(arn));
        await aws.WorkMailAsync("untag-resource", "--resource-arn", arn, "--tag-keys", "Stage", "cost centre");
        Assert.Empty(await ListAsync(arn));
    }

    [Fact]
    public async Task Each_error_has_its_public_name()
    {
        var arn = await ArnAsync();
        var many = Enumerable.Range(1, 49).Select(number => new { Key = $"many{number}", Value = "x" });
        (string Operation, object Input, string Error)[] cases =
        [
            ("TagResource", new { ResourceARN = arn, Tags = many }, ""),
            ("TagResource", new { ResourceARN = arn, Tags = new[] { new { Key = "one", Value = "" }, new { Key = "two", Value = "" } } }, "TooManyTagsException"),
            ("TagResource", new { ResourceARN = arn, Tags = new[] { new { Key = "fiftieth", Value = "" } } }, ""),
            ("TagResource", new { ResourceARN = arn, Tags = new[] { new { Key = "fiftieth", Value = "new" } } }, ""),
            ("TagResource", new { ResourceARN = arn, Tags = new[] { new { Key = "twice", Value = "" }, new { Key = "twice", Value = "" } } }, "InvalidParameterException"),
            ("TagResource", new { ResourceARN = arn, Tags = new[] { new { Key = "aws:mine", Value = "" } } }, "InvalidParameterException"),
            ("TagResource", new { ResourceARN = arn, Tags = new[] { new { Key = new string('x', 129), Value = "" } } }, "InvalidParameterException"),
            ("TagResource", new { ResourceARN = arn, Tags = new[] { new { Key = "x", Value = new string('x', 257) } } }, "InvalidParameterException"),
            ("TagResource", new { ResourceARN = arn, Tags = Array.Empty<object>() }, "InvalidParameterException"),
            ("TagResource", new { ResourceARN = "nonsense", Tags = new[] { new { Key = "x", Value = "" } } }, "ResourceNotFoundException"),
            ("UntagResource", new { ResourceARN = arn.Replace("000000000000", "000000000001", StringComparison.Ordinal), TagKeys = new[] { "x" } }, "ResourceNotFoundException"),
            ("ListTagsForResource", new { ResourceARN = arn[..^1] + (arn[^1] == '0' ? '1' : '0') }, "ResourceNotFoundException"),
            ("ListTagsForResource", new { ResourceARN = arn[..^32] + arn[^32..].ToUpperInvariant() }, "ResourceNotFoundException"),
            ("UntagResource", new { ResourceARN = arn, TagKeys = many.Select(tag => tag.Key).Append("fiftieth") }, ""),
        ];

        await sdk.ExpectAsync(cases);
    }

    [Fact]
    public async Task An_organization_that_has_no_keys_has_no_tags_either()
    {
        var made = AwsSdk.AnswerOf((await sdk.RunAsync(
            ("CreateOrganization", new { Alias = "keyless", KmsKeyArn = "arn:aws:kms:us-east-1:000000000000:key/00000000-0000-0000-0000-000000000000" })))[0]);
        var o = Text(made, "OrganizationId");
        var arn = (await ArnAsync())[..^o.Length] + o;
        for (var state = ""; state != "Failed"; await Task.Delay(50, TestContext.Current.CancellationToken))
        {
            state = Text(await aws.WorkMailAsync("describe-organization", "--organization-id", o), "State");
            Assert.NotEqual("Active", state);
            foreach (var result in await sdk.RunAsync(
                ("TagResource", new { ResourceARN = arn, Tags = new[] { new { Key = "x", Value = "" } } }),
                ("UntagResource", new { ResourceARN = arn, TagKeys = new[] { "x" } }), ("ListTagsForResource", new { ResourceARN = arn })))
                Assert.Equal("OrganizationStateException", AwsSdk.ErrorOf(result));
        }
    }

    private async Task<string> ArnAsync()
    {
        var o = await sdk.OrganizationIdAsync("demo");
        return (await aws.WorkMailAsync("describe-organization", "--organization-id", o)).GetProperty("ARN").GetString()!;
    }

    private async Task<List<string>> ListAsync(string arn)
    {
        var answer = await aws.WorkMailAsync("list-tags-for-resource", "--resource-arn", arn);
        return answer.TryGetProperty("Tags", out var tags)
            ? [.. tags.EnumerateArray().Select(tag => $"{Text(tag, "Key")}={Text(tag, "Value")}")]
            : [];
    }

    private static string Text(JsonElement element, string member) => element.GetProperty(member).GetString()!;
}
