using FsCheck.Fluent;
using Mailstead.Directories.Iam;
using Mailstead.Policies;

namespace Mailstead.Unit.Directories;

/// <summary>IAM's policies: how they are read, and what they say to requests.</summary>
public sealed class PolicyTests
{
    private const string Organization = "arn:aws:workmail:us-east-1:111122223333:organization/m-n1pq2345678r901st2u3vx45x6789yza";
    private const string Role = "12345678-1234-1234-1234-123456789012";

    /// <summary>Kinds of policies that administrators of the service write, each with what they mean.</summary>
    [Theory]
    [InlineData("""{"Effect":"Allow","Action":["ses:Describe*","workmail:Describe*","workmail:Get*","workmail:List*"],"Resource":"*","Condition":{"StringEquals":{"aws:RequestedRegion":["eu-west-1"]}}}""", "workmail:ListUsers", Organization, "aws:RequestedRegion=eu-west-1", "Allow")]
    [InlineData("""{"Effect":"Allow","Action":["workmail:List*"],"Resource":"*","Condition":{"StringEquals":{"aws:RequestedRegion":["eu-west-1"]}}}""", "workmail:ListUsers", Organization, "aws:RequestedRegion=us-east-1", "ImplicitDeny")]
    [InlineData("""{"Effect":"Allow","Action":["workmail:List*"],"Resource":"*"}""", "workmail:CreateUser", Organization, "", "ImplicitDeny")]
    [InlineData("""{"Effect":"Allow","Action":["workmail:AssumeImpersonationRole"],"Resource":"ORG","Condition":{"StringEquals":{"workmail:ImpersonationRoleId":"ROLE"}}}""", "workmail:AssumeImpersonationRole", Organization, "workmail:ImpersonationRoleId=ROLE", "Allow")]
    [InlineData("""{"Effect":"Allow","Action":["workmail:AssumeImpersonationRole"],"Resource":"ORG","Condition":{"StringEquals":{"workmail:ImpersonationRoleId":"ROLE"}}}""", "workmail:AssumeImpersonationRole", Organization, "workmail:ImpersonationRoleId=other", "ImplicitDeny")]
    [InlineData("""{"Effect":"Allow","Action":["workmail:AssumeImpersonationRole"],"Resource":"ORG"}""", "workmail:AssumeImpersonationRole", Organization + "x", "", "ImplicitDeny")]
    [InlineData("""{"Sid":"All","Effect":"Allow","Action":["ds:CreateDirectory","kms:DescribeKey","workmail:*"],"Resource":"*"}""", "workmail:DeleteOrganization", Organization, "", "Allow")]
    [InlineData("""{"Effect":"Allow","Action":["iam:GetUserPolicy","iam:GetUser"],"Resource":["arn:aws:iam::*:user/${aws:username}"]}""", "iam:GetUser", "arn:aws:iam::111122223333:user/joan", "aws:username=joan", "Allow")]
    [InlineData("""{"Effect":"Allow","Action":["iam:GetUser"],"Resource":["arn:aws:iam::*:user/${aws:username}"]}""", "iam:GetUser", "arn:aws:iam::111122223333:user/jack", "aws:username=joan", "ImplicitDeny")]
    [InlineData("""{"Effect":"Allow","Action":["logs:CreateLogStream","logs:PutLogEvents"],"Resource":"arn:aws:logs:us-east-1:111122223333:log-group:workmail-monitoring*"}""", "logs:PutLogEvents", "arn:aws:logs:us-east-1:111122223333:log-group:workmail-monitoring:log-stream:x", "", "Allow")]
    [InlineData("""{"Action":["firehose:PutRecord"],"Resource":"*","Condition":{"StringEquals":{"aws:ResourceTag/LogDeliveryEnabled":"true"}},"Effect":"Allow"}""", "firehose:PutRecord", "*", "aws:ResourceTag/LogDeliveryEnabled=true", "Allow")]
    [InlineData("""{"Action":["workmailmessageflow:GetRawMessageContent"],"Resource":"arn:aws:workmailmessageflow:us-east-1:1:message/m-1/incoming/*","Effect":"Allow"}""", "workmailmessageflow:GetRawMessageContent", "arn:aws:workmailmessageflow:us-east-1:1:message/m-1/incoming/42", "", "Allow")]
    [InlineData("""{"Action":["workmailmessageflow:GetRawMessageContent"],"Resource":"arn:aws:workmailmessageflow:us-east-1:1:message/m-1/incoming/*","Effect":"Allow"}""", "workmailmessageflow:GetRawMessageContent", "arn:aws:workmailmessageflow:us-east-1:1:message/m-1/outgoing/42", "", "ImplicitDeny")]
    [InlineData("""{"Effect":"Allow","Action":["kms:Decrypt"],"Resource":["*"],"Condition":{"StringEquals":{"kms:ViaService":"s3.us-east-1.amazonaws.com"},"StringLike":{"kms:EncryptionContext:aws:s3:arn":"arn:aws:s3:::bucket/prefix*"}}}""", "kms:Decrypt", "*", "kms:ViaService=s3.us-east-1.amazonaws.com;kms:EncryptionContext:aws:s3:arn=arn:aws:s3:::bucket/prefix/1", "Allow")]
    [InlineData("""{"Effect":"Allow","NotAction":"workmail:Delete*","Resource":"*"}""", "workmail:DeleteUser", "*", "", "ImplicitDeny")]
    [InlineData("""{"Effect":"Allow","NotAction":"workmail:Delete*","Resource":"*"}""", "workmail:CreateUser", "*", "", "Allow")]
    [InlineData("""{"Effect":"Allow","Action":"*","NotResource":"ORG"}""", "workmail:ListUsers", Organization, "", "ImplicitDeny")]
    [InlineData("""{"Effect":"Allow","Action":"WORKMAIL:listusers","Resource":"ORG"}""", "workmail:ListUsers", Organization, "", "Allow")]
    public void A_statement_says_what_it_says(string statement, string action, string resource, string context, string decision) =>
        Assert.Equal(decision, Decide([statement], action, resource, context));

    [Theory]
    [InlineData("StringEquals", "a", "k=a", true)]
    [InlineData("StringEquals", "a*", "k=ab", false)]
    [InlineData("StringEquals", "a", "", false)]
    [InlineData("StringEqualsIfExists", "a", "", true)]
    [InlineData("StringNotEquals", "a", "k=b", true)]
    [InlineData("StringNotEquals", "a", "", true)]
    [InlineData("StringNotEquals", "a", "k=a", false)]
    [InlineData("StringEqualsIgnoreCase", "A", "k=a", true)]
    [InlineData("StringLike", "a?c*", "k=abcde", true)]
    [InlineData("StringNotLike", "a*", "k=b", true)]
    [InlineData("NumericLessThan", "10", "k=9.5", true)]
    [InlineData("NumericLessThan", "10", "k=10", false)]
    [InlineData("NumericGreaterThanEquals", "10", "k=10", true)]
    [InlineData("NumericEquals", "10", "k=ten", false)]
    [InlineData("NumericNotEquals", "10", "k=11", true)]
    [InlineData("DateLessThan", "2030-01-01T00:00:00Z", "k=2029-12-31T23:59:59Z", true)]
    [InlineData("DateGreaterThan", "1735689600", "k=2025-01-01T00:00:01Z", true)]
    [InlineData("DateEquals", "99999999999999999", "k=1", false)]
    [InlineData("Bool", "true", "k=TRUE", true)]
    [InlineData("Bool", "true", "", false)]
    [InlineData("BoolIfExists", "true", "", true)]
    [InlineData("IpAddress", "203.0.113.0/24", "k=203.0.113.7", true)]
    [InlineData("IpAddress", "203.0.113.7", "k=203.0.113.7", true)]
    [InlineData("IpAddress", "2001:db8::/32", "k=2001:db8::1", true)]
    [InlineData("NotIpAddress", "203.0.113.0/24", "k=198.51.100.1", true)]
    [InlineData("ArnLike", "arn:aws:workmail:*:1:organization/*", "k=arn:aws:workmail:us-east-1:1:organization/m-1", true)]
    [InlineData("ArnLike", "arn:aws:*:organization/m-1", "k=arn:aws:workmail:us-east-1:1:organization/m-1", false)]
    [InlineData("ArnNotEquals", "arn:aws:iam::1:user/a", "k=arn:aws:iam::1:user/b", true)]
    [InlineData("Null", "true", "", true)]
    [InlineData("Null", "true", "k=x", false)]
    [InlineData("Null", "false", "k=x", true)]
    [InlineData("ForAllValues:StringEquals", "a|b", "k=a,b", true)]
    [InlineData("ForAllValues:StringEquals", "a|b", "k=a,c", false)]
    [InlineData("ForAllValues:StringEquals", "a", "", true)]
    [InlineData("ForAnyValue:StringEquals", "a|b", "k=c,b", true)]
    [InlineData("ForAnyValue:StringEquals", "a", "", false)]
    [InlineData("ForAnyValue:StringNotEquals", "a", "k=a,b", true)]
    [InlineData("ForAllValues:StringNotEquals", "a", "k=a,b", false)]
    public void An_operator_compares(string operation, string values, string context, bool isMet)
    {
        var condition = System.Text.Json.JsonSerializer.Serialize(values.Split('|'));
        Assert.Equal(
            isMet ? "Allow" : "ImplicitDeny",
            Decide([$$$"""{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"{{{operation}}}":{"K":{{{condition}}} } } }"""], "a:B", "*", context));
    }

    [Theory]
    [InlineData("home/${aws:username}/*", "home/joan/x", "aws:username=joan", true)]
    [InlineData("home/${aws:username}/*", "home/joan/x", "", false)]
    [InlineData("home/${aws:username, 'guest'}/*", "home/guest/x", "", true)]
    [InlineData("home/${aws:username}", "home/anything", "aws:username=*", false)]
    [InlineData("home/${*}", "home/*", "", true)]
    [InlineData("home/${*}", "home/x", "", false)]
    [InlineData("home/${", "home/${", "", true)]
    public void Variables_stand_for_values_and_bring_no_wildcards_along(string pattern, string text, string context, bool matches) =>
        Assert.Equal(matches, Pattern.Matches(pattern, text, Request("a:B", "*", context)));

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("{\"Statement\":[]}")]
    [InlineData("{\"Version\":\"2013-01-01\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}}")]
    [InlineData("{\"Statement\":{\"Effect\":\"allow\",\"Action\":\"*\",\"Resource\":\"*\"}}")]
    [InlineData("{\"Statement\":{\"Effect\":\"Allow\",\"Resource\":\"*\"}}")]
    [InlineData("{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\"}}")]
    [InlineData("{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\",\"NotAction\":\"*\",\"Resource\":\"*\"}}")]
    [InlineData("{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"workmail\",\"Resource\":\"*\"}}")]
    [InlineData("{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"a:b\\n\",\"Resource\":\"*\"}}")]
    [InlineData("{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"here\"}}")]
    [InlineData("{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\",\"Principal\":\"*\"}}")]
    [InlineData("{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\",\"Condition\":{\"StringIsh\":{\"a\":\"b\"}}}}")]
    [InlineData("{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\",\"Condition\":{\"StringEquals\":\"b\"}}}")]
    [InlineData("{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\",\"Extra\":1}}")]
    [InlineData("{\"Statement\":[{\"Sid\":\"x\",\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"},{\"Sid\":\"x\",\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}]}")]
    [InlineData("not json")]
    public void What_is_no_policy_is_refused_with_a_reason(string document) =>
        Assert.NotEmpty(Assert.Throws<FormatException>(() => PolicyReader.ReadIdentityPolicy(document)).Message);

    [Fact]
    public void A_trust_policy_names_principals_and_no_resource()
    {
        var policy = PolicyReader.ReadTrustPolicy(
            """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"delivery.logs.amazonaws.com"},"Action":"sts:AssumeRole"}]}""");
        Assert.Equal(["delivery.logs.amazonaws.com"], policy.Statements[0].Principals["Service"]);
        Assert.Throws<FormatException>(() => PolicyReader.ReadTrustPolicy("""{"Statement":{"Effect":"Allow","Action":"sts:AssumeRole"}}"""));
    }

    [Fact]
    public void Policies_of_the_installation_can_be_read() =>
        Assert.All(ManagedPolicies.Arns, arn => Assert.NotEmpty(PolicyReader.ReadIdentityPolicy(ManagedPolicies.Find(arn)!.Value.Document).Statements));

    [Fact]
    public void A_denial_anywhere_outweighs_every_permission_in_any_order() => Generated.Check(
        Gen.Shuffle(new[] { true, true, false, true }).SelectMany(order => Gen.Choose(1, 4).Select(count => order[..count])), effects =>
        {
            var statements = effects.Select(allows => $$"""{"Effect":"{{(allows ? "Allow" : "Deny")}}","Action":"*","Resource":"*"}""").ToArray();
            Assert.Equal(effects.Contains(false) ? "ExplicitDeny" : "Allow", Decide(statements, "a:B", "*", ""));
        });

    [Fact]
    public void Anything_is_a_policy_or_refused_and_matching_ends() => Generated.Check(
        Generated.Text("{", "}", "[", "]", "\"", ":", ",", "*", "?", "${", "'", "Statement", "Effect", "Allow", "Action", "Resource", "Condition", "a:b"), text =>
        {
            try
            {
                PolicyReader.ReadIdentityPolicy(text);
            }
            catch (FormatException)
            {
                // Refused.
            }

            Pattern.Matches(text, new string('a', 200), Request("a:B", "*", "a=b"));
        });

    private static string Decide(string[] statements, string action, string resource, string context)
    {
        var document = $$"""{"Version":"2012-10-17","Statement":[{{string.Join(',', statements)}}]}"""
            .Replace("ORG", Organization, StringComparison.Ordinal).Replace("ROLE", Role, StringComparison.Ordinal);
        return PolicyEvaluation.Decide([PolicyReader.ReadIdentityPolicy(document)], Request(action, resource, context)).ToString();
    }

    /// <param name="context"><c>key=value,value;key=value</c></param>
    private static PolicyRequest Request(string action, string resource, string context)
    {
        var values = PolicyRequest.NewContext();
        foreach (var pair in context.Replace("ROLE", Role, StringComparison.Ordinal).Split(';', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=', 2)))
            values[pair[0]] = pair[1].Split(',');
        return new PolicyRequest(action, resource, values);
    }
}
